package pool_test

import (
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// What the tasks themselves measure is never more than what the pool counts: a
// task counts from when its function is called, and not while it waits. So the
// bounds hold for these counts too, at every instant.

// starts enters a task whose function has been called.
func (m *model) starts(c *modelCtx, t *modelTask) {
	m.logf("  %v starts, at %v", t, time.Since(m.made))
	m.mu.Lock()
	t.starts++
	if t.starts > 1 {
		m.startsAgain(c, t)
	}
	if t.starts == 1 {
		t.begun = m.stamp()
	}
	t.beside = t.beside || m.inSubmit(t)
	t.own = c
	t.began = time.Now()
	other := m.keys[t.plan.key]
	resting := other != nil && other.resting
	if t.plan.key != 0 {
		m.keys[t.plan.key] = t
	}
	seen := t.seen
	passedOver := m.passedOver(t)
	if x := m.outOfTurn(t); x != nil {
		passedOver = append(passedOver, x)
	}
	m.spend(t)
	m.checkPaused(t)
	m.reachedTask(t)
	m.holds(t)
	m.mu.Unlock()
	switch {
	case seen != nil:
		m.failf("%v was called after it had settled: %v, %v", t, seen.state, seen.err)
	case t.plan.key != 0 && other != nil && other != t && !other.freed(resting):
		m.failf("%v was called while %v of the same key runs", t, other)
	case m.cfg.maxWeight > 0 && t.plan.weight > m.cfg.maxWeight:
		m.failf("%v of weight %d was called, want at most %d", t, t.plan.weight, m.cfg.maxWeight)
	case c != nil && m.cfg.init != "" && !m.cfg.callers() && c.ctx.Value(modelInitKey{}) == nil:
		m.failf("%v was called without what WithInit returned", t)
	}
	if t.starts == 1 {
		m.checkAdmission(t)
	}
	if c != nil {
		m.checkAttempt(t, pool.Attempt(c.ctx))
	}
	for _, x := range passedOver {
		if s := x.f.State(); s.String() == "pending" {
			m.failf("%v was called before %v, which is still pending", t, x)
		}
	}
	if t.id%3 == 0 {
		m.snapshot()
	}
}

// ends leaves for good: the function has returned, panicked, or called Goexit.
func (m *model) ends(t *modelTask) {
	if t.id%3 == 1 {
		m.snapshot()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.logf("  %v ends", t)
	t.ended, t.holding = true, false
	if t.own != nil {
		t.own.over = true
	}
	if m.keys[t.plan.key] == t {
		delete(m.keys, t.plan.key)
	}
}

// waiting runs fn, which waits as w says. The task of w does not count as
// running meanwhile.
func (m *model) waiting(w *modelWait, fn func()) {
	t := w.task
	m.reached("wait: %s; in a task: %v", w.what, t != nil)
	m.mu.Lock()
	m.waits = append(m.waits, w)
	w.stamp = m.stamp()
	for _, x := range w.on {
		x.awaited = x.awaited || t != nil
	}
	if t != nil {
		t.waitedOn = append(t.waitedOn, w.on...)
		if w.submits != nil {
			t.waitedOn = append(t.waitedOn, w.submits)
		}
		t.waiting++
		if t.waiting == 1 {
			t.holding = false
		}
	}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		w.returned = true
		m.waits = slices.DeleteFunc(m.waits, func(o *modelWait) bool { return o == w })
		if t == nil {
			return
		}
		t.waiting--
		t.debt = t.debt || w.ctx.ctx.Err() != nil
		if t.waiting == 0 {
			m.holds(t)
		}
	}()
	fn()
}

// holds counts t as running and checks the bounds.
func (m *model) holds(t *modelTask) {
	t.holding = true
	if t.debt {
		return
	}
	slots, weight := 0, int64(0)
	for _, x := range m.tasks {
		if !x.holding || x.debt {
			continue
		}
		weight += x.plan.weight
		if !m.byCaller(x) {
			slots++
		}
	}
	if most := slices.Max(m.sizes[t.sized:]); slots > most && !m.byCaller(t) {
		m.failf("%d tasks run as %v goes on, want at most %d", slots, t, most)
	}
	if m.cfg.maxWeight > 0 && weight > m.cfg.maxWeight {
		m.failf("tasks of weight %d run as %v goes on, want at most %d", weight, t, m.cfg.maxWeight)
	}
	if r := t.from.run; t.item && r != nil && r.atWork() > r.most {
		m.failf("%d items are at work as %v goes on, want at most %d", r.atWork(), t, r.most)
	}
	for g := t.group; g != nil; g = g.outer {
		if n := g.running(); g.most > 0 && n > g.most {
			m.failf("%d members of %v run as %v goes on, want at most %d", n, g, t, g.most)
		}
	}
}

// byCaller reports whether t may run beyond the workers.
func (m *model) byCaller(t *modelTask) bool {
	return (t.beside || m.inSubmit(t)) && m.overflow(t) == millrace.CallerRuns
}

// inSubmit reports whether t's submitter may be waiting for it: it runs beyond
// the workers, or in the submitter's slot.
func (m *model) inSubmit(t *modelTask) bool {
	return m.cfg.queue >= 0 && t.returned == 0 && !t.item && !t.permit
}

// running counts the members that surely run.
func (g *modelGroup) running() int {
	n := 0
	for _, t := range g.members {
		if t.holding && !t.debt {
			n++
		}
	}
	return n
}

// mayRun counts the members beside t that may run: also one that waits does, as long as it
// keeps its slot.
func (g *modelGroup) mayRun(t *modelTask) (n int) {
	for _, x := range g.members {
		if x != t && x.starts > 0 && !x.ended {
			n++
		}
	}
	return n
}

// orphans counts the tasks that CallerRuns may have started and whose Submit has
// returned nevertheless: the task waits for the submitter, and the submitter's wait
// closed that cycle.
func (m *model) orphans() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tasks {
		if t.beside && t.returned != 0 && !t.ended {
			n++
		}
	}
	return n
}

// snapshot checks a Stats taken at any time. At most as many tasks run beyond
// the workers as calls of Submit were under way.
func (m *model) snapshot() {
	over := m.over.Load()
	s := m.p.Stats()
	calls := m.begun.Load() - over
	m.checkBounds(s, int(m.ceiling.Load()), int(calls)+m.orphans())
}
