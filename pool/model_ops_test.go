package pool_test

import (
	"runtime"
	"time"

	"github.com/millrace-go/millrace/pool"
)

// modelOps are the steps of a program. A step is chosen by its weight.
var modelOps = []struct {
	weight int
	name   string
	do     func(*model)
}{
	{24, "submit", (*model).opSubmit},
	{6, "rest", (*model).rest},
	{6, "open a gate", (*model).opGate},
	{5, "sleep", (*model).opSleep},
	{4, "await", (*model).opAwait},
	{4, "then", (*model).opThen},
	{4, "cancel", (*model).opCancel},
	{3, "abort", (*model).opAbort},
	{3, "on done", (*model).opOnDone},
	{1, "take back on done", (*model).opStopFunc},
	{2, "end a context", (*model).opEndCtx},
	{3, "new group", (*model).opGroup},
	{2, "wait for a group", (*model).opWaitGroup},
	{2, "resize", (*model).opResize},
	{2, "look at stats", (*model).opStats},
	{2, "map", (*model).opMap},
	{4, "view a group", (*model).opView},
	{3, "acquire", (*model).opAcquire},
	{3, "pause", (*model).opPause},
	{2, "end the pool", (*model).opLifecycle},
}

var modelOpWeights = func() (sum int) {
	for _, op := range modelOps {
		sum += op.weight
	}
	return sum
}()

// step does the next step of the program.
func (m *model) step() {
	n := m.in.next() % modelOpWeights
	for _, op := range modelOps {
		if n -= op.weight; n < 0 {
			m.logf("%s", op.name)
			op.do(m)
			return
		}
	}
}

// newPlan reads a plan and takes its tasks off the budget.
func (m *model) newPlan() modelPlan {
	plan := m.in.plan(m.cfg, 0)
	m.budget -= plan.size()
	return plan
}

func (p modelPlan) size() int {
	n := 1
	for _, kid := range p.kids {
		n += kid.size()
	}
	return n
}

// pickCtx returns the context for a submit or a wait.
func (m *model) pickCtx() *modelCtx {
	n := m.in.next()
	m.mu.Lock()
	defer m.mu.Unlock()
	if n%8 < 3 {
		return m.ctxs[len(m.ctxs)-1-n%8]
	}
	return modelBackground
}

// pickGroup returns a group of the program's own, or nil for the pool.
func (m *model) pickGroup() *modelGroup {
	n := m.in.next()
	m.mu.Lock()
	defer m.mu.Unlock()
	var own []*modelGroup
	for _, g := range m.groups {
		if g.parent == nil {
			own = append(own, g)
		}
	}
	if n%3 != 1 || len(own) == 0 {
		return nil
	}
	return own[n/3%len(own)]
}

// pick returns a task that has a future, nil if there is none.
func (m *model) pick(n int) *modelTask {
	m.mu.Lock()
	defer m.mu.Unlock()
	var have []*modelTask
	for _, t := range m.tasks {
		if t.f != nil {
			have = append(have, t)
		}
	}
	if len(have) == 0 {
		return nil
	}
	return have[n%len(have)]
}

// gate returns a channel that is closed when the program opens the nth gate.
func (m *model) gate(n int) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gates[n%len(m.gates)]
}

// apart calls fn, in a goroutine of its own if it may block.
func (m *model) apart(fn func()) {
	if m.cfg.blocks() {
		go fn()
		return
	}
	m.aside(fn)
}

func (m *model) opSubmit() {
	plan, from, g := m.newPlan(), m.pickCtx(), m.pickGroup()
	m.apart(func() { m.submit(from, nil, g, plan) })
}

func (m *model) opThen() {
	input := m.pick(m.in.next())
	if input == nil {
		return
	}
	plan, from, g := m.newPlan(), m.pickCtx(), m.pickGroup()
	m.apart(func() { m.then(from, nil, g, plan, input) })
}

func (m *model) opGate() {
	n := m.in.next() % len(m.gates)
	m.logf("  gate %d", n)
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.gates[n])
	m.gates[n] = make(chan struct{})
}

func (m *model) opSleep() {
	d := m.in.millis(64)
	m.logf("  %v", d)
	time.Sleep(d)
}

// opAwait waits outside of all tasks.
func (m *model) opAwait() {
	what := modelNests[m.in.next()%10]
	c, d := m.pickCtx(), m.in.millis(100)
	var on []*modelTask
	for range 1 + m.in.next()%3 {
		if t := m.pick(m.in.next()); t != nil {
			on = append(on, t)
		}
	}
	if len(on) == 0 {
		return
	}
	if d < 50*time.Millisecond {
		c, _ = c.derive(m, d+1)
	}
	go m.await(c, nil, what, on...)
}

func (m *model) opGroup() {
	from, outer := m.pickCtx(), m.pickGroup()
	m.addGroup(from, outer, m.in.next())
}

// addGroup makes a group of the program's own over outer, or over the pool; n says of which kind.
func (m *model) addGroup(from *modelCtx, outer *modelGroup, n int) {
	g := m.newGroup(from, nil, modelPlan{n: n})
	g.outer = outer
	g.g = pool.NewGroup(from.ctx, m.executor(outer), g.options()...)
}

func (m *model) opWaitGroup() {
	if g := m.pickGroup(); g != nil {
		go m.waitGroup(modelBackground, nil, g)
	}
}

func (m *model) opResize() {
	n := 1 + m.in.next()%4
	m.logf("  to %d", n)
	m.resize(n)
}

// opStats takes snapshots while whatever goes on goes on.
func (m *model) opStats() {
	go func() {
		for range 20 {
			m.snapshot()
			runtime.Gosched()
		}
	}()
}

func (m *model) opMap() {
	plan := m.newPlan()
	c, g := m.pickCtx(), m.pickGroup()
	if !m.cfg.maps || len(plan.kids) == 0 {
		return
	}
	plan.what = modelMaps[plan.n%len(modelMaps)]
	go m.mapOver(c, nil, g, plan)
}
