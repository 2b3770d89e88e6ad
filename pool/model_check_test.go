package pool_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// checkBounds checks what holds in every Stats: the equation, and the bounds.
// At most beyond tasks may run beyond the slots.
func (m *model) checkBounds(s pool.Stats, slots, beyond int) {
	sum := uint64(s.Queued+s.Deferred+s.Running+s.Waiting) + s.Succeeded + s.Failed + s.Cancelled
	if !m.cfg.callers() {
		beyond = 0
	}
	switch {
	case s.Submitted != sum:
		m.failf("Stats() = %+v: Submitted is %d, the sum of the others %d", s, s.Submitted, sum)
	case min(s.Queued, s.Deferred, s.Running, s.Waiting, s.Goroutines) < 0 || s.Weight < 0 || s.Panicked > s.Failed:
		m.failf("Stats() = %+v: a count is off", s)
	case s.Running > slots+beyond:
		m.failf("Stats() = %+v: %d tasks run, want at most %d, and %d by callers", s, s.Running, slots, beyond)
	case m.cfg.queue >= 0 && s.Queued > m.cfg.queue:
		m.failf("Stats() = %+v: %d tasks are queued, want at most %d", s, s.Queued, m.cfg.queue)
	case m.cfg.maxWeight > 0 && (s.MaxWeight != m.cfg.maxWeight || s.Weight > s.MaxWeight):
		m.failf("Stats() = %+v: weight %d runs, want at most %d", s, s.Weight, m.cfg.maxWeight)
	}
}

// check is the oracle at rest.
func (m *model) check() {
	s := m.p.Stats()
	inSubmit := int(m.begun.Load() - m.over.Load())
	m.checkBounds(s, int(m.ceiling.Load()), inSubmit+m.orphans())
	m.mu.Lock()
	tasks, size := slices.Clone(m.tasks), m.sizes[len(m.sizes)-1]
	m.mu.Unlock()
	var c modelCounts
	for _, t := range tasks {
		m.checkTask(t)
		m.count(&c, t)
	}
	if s.Workers != size {
		m.failf("Stats() = %+v: %d workers, want %d", s, s.Workers, size)
	}
	m.checkCounts(s, c)
	m.checkWaiting(nil, s)
	m.checkIdle(s)
	m.checkWaits(s)
	m.checkSubmits(s)
	m.checkFuncs()
	m.checkViews()
	m.checkErr()
	again := m.p.Stats()
	if m.cfg.init != "" {
		again.Goroutines = s.Goroutines // preparing workers is not settling
	}
	if again != s {
		m.failf("at rest: Stats() = %+v, then %+v: a look has settled something", s, again)
	}
	if !m.cfg.callers() || inSubmit == 0 {
		m.settleSize(size, s.Running)
	}
	if s.Waiting == 0 {
		m.settleDebts()
	}
}

// settleDebts notes that every running task has its slot: none lends.
func (m *model) settleDebts() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tasks {
		t.debt = false
	}
}

// settleSize forgets the sizes that the pool has had: from now on at most as
// many tasks run as do now, or as there are slots.
func (m *model) settleSize(size, running int) {
	m.ceiling.Store(int64(max(size, running)))
	if running > size {
		return // it has shrunk, and what ran then still does
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sizes = []int{size}
	for _, t := range m.tasks {
		t.sized = 0
	}
}

// checkTask checks what can be said of one task.
func (m *model) checkTask(t *modelTask) {
	if t.f == nil {
		return
	}
	state := t.f.State()
	r, settled := t.f.Poll()
	now := modelResult{state, r.Value, r.Err}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case settled != state.Settled():
		m.failf("%v is %v, Poll() says %v", t, state, settled)
	case t.seen != nil && *t.seen != now:
		m.failf("the outcome of %v was %v, and is %v", t, *t.seen, now)
	case settled && t.seen == nil:
		m.logf("  at rest: %v is %v, %v", t, state, r.Err)
		m.checkOutcome(t, now)
		m.reachedEnd(t, state, r.Err)
		t.seen, t.settledAt = &now, m.stamp()
	case state == future.Pending:
		m.checkPending(t)
	case state == future.Running:
		m.checkRunning(t)
	}
}

// checkOutcome checks an outcome when it is first seen.
func (m *model) checkOutcome(t *modelTask, r modelResult) {
	called := t.starts > 0
	switch {
	case called && !t.ended:
		m.failf("%v has settled, its function has not returned", t)
	case called && (r.state == future.Cancelled || (r.state == future.Succeeded) != (r.err == nil)):
		m.failf("%v was called, and is %v with the error %v", t, r.state, r.err)
	case called && t.will == nil:
		m.failf("%v was called, and nobody knows how it ended: %v, %+v", t, r.state, r.err)
	case called && !t.will.matches(t, r.value, r.err):
		m.failf("%v ended with %+v, its outcome is %d, %v", t, *t.will, r.value, r.err)
	case !called && !m.mayPass(t, r) && (r.state != future.Cancelled || !m.mayNotRun(t, r.err)):
		m.failf("%v was not called, and is %v with the error %v, which nobody caused", t, r.state, r.err)
	}
}

// mayPass reports whether a task of Then has the outcome of an input that did
// not succeed.
func (m *model) mayPass(t *modelTask, r modelResult) bool {
	if t.input == nil {
		return false
	}
	in, ok := t.input.f.Poll()
	return ok && in.Err != nil && r.state == t.input.f.State() && errors.Is(r.err, in.Err)
}

// checkPending checks a task that is pending at rest.
func (m *model) checkPending(t *modelTask) {
	t.pending = m.stamp()
	if t.inQueue == 0 && !m.mayBeDeferred(t) {
		t.inQueue = t.pending
	}
	switch {
	case t.expired():
		m.failf("at rest: %v is pending %v after its submission", t, time.Since(t.since))
	case t.starts > 0:
		m.failf("%v was called, and is pending", t)
	case m.mustEnd(t):
		m.failf("at rest: %v is pending, though it was ended", t)
	case t.input != nil && t.input.f.State().Settled() && t.input.f.State() != future.Succeeded:
		m.failf("at rest: %v is pending, its input %v is %v", t, t.input, t.input.f)
	}
}

// checkRunning checks a task that runs at rest. Some are left to themselves: a
// context that nobody looks at is another case.
func (m *model) checkRunning(t *modelTask) {
	if t.rests() {
		m.checkResting(t)
		return
	}
	if t.ended || t.starts == 0 {
		m.failf("at rest: %v is running; called %d times, returned %v", t, t.starts, t.ended)
		return
	}
	if t.id%2 == 0 {
		return
	}
	late := t.plan.timeout > 0 && time.Since(t.began) > t.plan.timeout
	if err := t.own.ctx.Err(); err == nil && (late || m.mustEnd(t)) {
		m.failf("at rest: the context of %v has not ended", t)
	}
}

// checkErr checks why the pool takes no more.
func (m *model) checkErr() {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.p.Err()
	stopped := m.levers.isStopped != 0
	switch {
	case m.broke.Load():
		if err == nil {
			m.failf("Err() = nil, want %v: WithInit failed", pool.ErrBroken)
		}
	case (err == nil) != (m.levers.sealed == 0):
		m.failf("Err() = %v; what stops admission has been called: %v", err, m.levers.sealed != 0)
	case stopped && !errors.Is(err, pool.ErrStopped):
		m.failf("Err() = %v, want %v", err, pool.ErrStopped)
	}
}

// checkClosed checks that nothing is left of a pool that was closed.
func (m *model) checkClosed() {
	if left := m.unsettled(); len(left) > 0 {
		m.failf("after Close: %v have not settled", left)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.waits {
		m.failf("after Close: %v has not returned", w)
	}
}

// unsettled returns the tasks that have not settled.
func (m *model) unsettled() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var left []string
	for _, t := range m.tasks {
		switch {
		case t.item && t.starts > 0 && !t.ended:
			left = append(left, fmt.Sprintf("%v, an item", t))
		case t.permit && !t.ended && t.seen == nil:
			left = append(left, fmt.Sprintf("%v, a permit", t))
		case !t.item && !t.permit && t.f == nil:
			left = append(left, fmt.Sprintf("%v in Submit", t))
		case t.f != nil && !t.f.State().Settled():
			left = append(left, fmt.Sprintf("%v %v", t, t.f.State()))
		}
	}
	return left
}
