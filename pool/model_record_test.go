package pool_test

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// modelTask is what the model knows of one task. What follows f is guarded by
// model.mu.
type modelTask struct {
	id     int
	plan   modelPlan
	parent *modelTask // the task that submitted it; nil: from outside
	from   *modelCtx  // what it was submitted with
	group  *modelGroup
	input  *modelTask // of a Then
	item   bool       // of a map: it has no future
	over   bool       // an item: its map has ended
	permit bool       // it has no function and no future
	unsure bool       // a permit: it may have been granted some time before its Acquire returned

	f         *future.Future[int]
	called    int64 // stamps around the call of Submit; returned is 0 until it has
	returned  int64
	since     time.Time    // when Submit was called
	blocked   int64        // when its Submit was last seen blocked, at rest
	pending   int64        // when it was last seen pending, at rest
	inQueue   int64        // when it was first seen in the queue, at rest
	sized     int          // how many sizes the pool had had when it was submitted
	awaited   bool         // a task waits or waited for it, or for what comes after it
	waitedOn  []*modelTask // those it waits or has waited for
	cancels   bool         // Cancel was called
	aborts    []error      // the causes that Abort was called with
	aborted   bool         // one of those calls said that it had an effect
	seen      *modelResult // the outcome, since it was first seen
	settledAt int64        // when that was
	finished  []int        // which functions of OnDone ran, in that order

	begun   int64 // when its function was first called
	starts  int
	resting bool      // between two attempts, unless it has settled
	tried   time.Time // when that is over
	own     *modelCtx // of the last attempt
	beside  bool      // it started, or may have been started, while its submitter waited: by CallerRuns perhaps beyond the workers
	began   time.Time
	holding bool       // it runs: it neither waits nor has ended
	debt    bool       // a wait of it ended with its context: it may run without a slot
	waiting int        // goroutines of it that wait
	ended   bool       // its function has returned, the last time that it was called
	will    *modelWill // what it is about to end with
}

func (t *modelTask) String() string {
	if t == nil {
		return "nobody"
	}
	return fmt.Sprintf("t%d", t.id)
}

// modelResult is the outcome of a future.
type modelResult struct {
	state future.State
	value int
	err   error
}

// modelWill is how a function ends: it returns id and err, or panics, or calls
// Goexit.
type modelWill struct {
	err      error
	panicked any
	goexit   bool
	late     bool // the schedule of its retries did, when it had returned
}

// modelCtx is a context and what may end it.
type modelCtx struct {
	name     string
	ctx      context.Context
	cancel   context.CancelCauseFunc
	cause    error      // what the program ended it with; nil: it has not. Guarded by model.mu
	deadline bool       // it may end by itself
	task     *modelTask // whose context it is, if a task's
	over     bool       // that attempt of it has ended
	group    *modelGroup
	run      *modelMap
	parent   *modelCtx // what it was derived from; nil: nothing that ends
}

// derive returns a context under c that ends with end, or after d if that is
// not 0.
func (c *modelCtx) derive(m *model, d time.Duration) (derived *modelCtx, end func()) {
	inner, cancel := context.WithCancel(c.ctx)
	if d != 0 {
		inner, cancel = context.WithTimeout(c.ctx, d)
	}
	derived = &modelCtx{name: c.name + "'s child", ctx: inner, deadline: d != 0, parent: c}
	return derived, func() {
		m.mu.Lock()
		derived.cause = context.Canceled
		m.mu.Unlock()
		cancel()
	}
}

// newCtx gives the program a fresh context to submit with.
func (m *model) newCtx() *modelCtx {
	ctx, cancel := context.WithCancelCause(context.Background())
	m.mu.Lock()
	c := &modelCtx{name: fmt.Sprintf("ctx%d", len(m.ctxs)), ctx: ctx, cancel: cancel}
	m.ctxs = append(m.ctxs, c)
	m.mu.Unlock()
	return c
}

// modelGroup is a group or a scope.
type modelGroup struct {
	id      int
	g       *pool.Group
	outer   *modelGroup
	from    *modelCtx
	parent  *modelTask // whose wait lends for it
	limit   int        // 0: none
	collect bool
	ignore  bool
	rate    modelRate

	// Guarded by model.mu.
	members   []*modelTask // those of inner groups too
	waited    int64        // when Wait was called; 0: it was not
	over      bool         // it has returned
	fnErr     error        // what the scope's function returned
	most      int          // the highest limit that may still be in effect
	cancels   []error      // the causes that Cancel was called with
	cancelled bool         // it has returned
}

func (g *modelGroup) String() string {
	if g == nil {
		return "pool"
	}
	return fmt.Sprintf("g%d", g.id)
}

// executor is what g's members are submitted to; of a nil group, the pool.
func (m *model) executor(g *modelGroup) pool.Executor {
	if g == nil {
		return m.p
	}
	return g.g
}

// newTask enters a task into the records. The caller submits it.
func (m *model) newTask(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan) *modelTask {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newTaskLocked(from, parent, g, plan)
}

// newItem is newTask for an item of a map.
func (m *model) newItem(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan) *modelTask {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.newTaskLocked(from, parent, g, plan)
	t.item, t.since = true, time.Now()
	return t
}

func (m *model) newTaskLocked(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan) *modelTask {
	t := &modelTask{id: len(m.tasks), plan: plan, parent: parent, from: from, group: g}
	t.sized = len(m.sizes) - 1
	m.tasks = append(m.tasks, t)
	for ; g != nil; g = g.outer {
		g.members = append(g.members, t)
		t.awaited = t.awaited || g.parent != nil
	}
	return t
}

// submit submits a task to g, or to the pool if that is nil.
func (m *model) submit(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan) *modelTask {
	t := m.newTask(from, parent, g, plan)
	m.logf("  %v submits %v to %v with %v: %v", parent, t, g, from, plan)
	m.call(t, func() *future.Future[int] {
		return pool.Submit(from.ctx, m.executor(g), m.body(t), append(plan.options(), m.retryOptions(t)...)...)
	})
	return t
}

// then submits a task that takes the result of input.
func (m *model) then(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan, input *modelTask) *modelTask {
	t := m.newTask(from, parent, g, plan)
	m.mu.Lock()
	t.input = input
	input.awaited = true
	m.mu.Unlock()
	m.logf("  %v submits %v to %v with %v, then %v: %v", parent, t, g, from, input, plan)
	body := m.body(t)
	m.call(t, func() *future.Future[int] {
		return pool.Then(from.ctx, m.executor(g), input.f, func(ctx context.Context, v int) (int, error) {
			if v != input.id {
				m.failf("%v got %d as the value of %v, want its number", t, v, input)
			}
			return body(ctx)
		}, append(plan.options(), m.retryOptions(t)...)...)
	})
	return t
}

// call submits t by the function given. It may block; inside a task it may lend.
func (m *model) call(t *modelTask, submit func() *future.Future[int]) {
	m.mu.Lock()
	t.called, t.since = m.stamp(), time.Now()
	m.mu.Unlock()
	m.begun.Add(1)
	if s := m.p.Stats(); m.cfg.queue >= 0 && s.Queued == m.cfg.queue {
		m.reached("full queue: %v", m.overflow(t))
	}
	w := &modelWait{task: t.parent, what: "submit", ctx: t.from, submits: t}
	var f *future.Future[int]
	if m.cfg.queue >= 0 {
		m.waiting(w, func() { f = submit() })
	} else {
		f = submit()
	}
	if f == nil {
		m.failf("Submit of %v returned nil", t)
		return
	}
	// The end of its context ends the wait, not the task.
	runsOn := f.State() == future.Running && t.from.ctx.Err() != nil
	m.mu.Lock()
	defer m.mu.Unlock()
	t.f = f
	t.returned = m.stamp()
	t.beside = t.beside || runsOn
	if !runsOn {
		m.over.Add(1)
	}
}

func (c *modelCtx) String() string { return c.name }

// background is a context that never ends.
var modelBackground = &modelCtx{name: "background", ctx: context.Background()}
