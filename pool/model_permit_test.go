package pool_test

import (
	"errors"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A permit is a task without a function and without a future.

func (m *model) opAcquire() {
	plan, from, g := m.newPlan().leaf(), m.pickCtx(), m.pickGroup()
	switch {
	case !m.cfg.permits:
	case m.other != nil && m.in.chance(3):
		m.byOther(from, g, plan)
	default:
		go m.acquire(from, nil, g, plan, func() { m.keep(nil, plan) })
	}
}

// acquireInside makes a task acquire a permit for a while. The task keeps what it has. Without keys the
// wait needs no end of its own: it ends, or is refused.
func (m *model) acquireInside(c *modelCtx, t *modelTask) error {
	if m.cfg.keys {
		short, end := c.derive(m, t.plan.d+time.Millisecond)
		defer end()
		c = short
	}
	plan := t.plan
	if m.cfg.keys { // mostly not the one that the task has itself
		plan.key = (plan.key + plan.n) % 4
	}
	return m.acquire(c, t, t.ownGroup(), plan, func() { m.keep(t, plan) })
}

// hold makes a task acquire a permit and wait for its children while it has that. They may need what
// the permit has, so that only the end of the context ends the wait.
func (m *model) hold(c *modelCtx, t *modelTask) error {
	short, end := c.derive(m, t.plan.d+10*time.Millisecond)
	defer end()
	var waited error
	wait := func() { waited = m.await(short, t, modelNests[t.plan.n%10], m.kids(short, t, nil)...) }
	if !m.cfg.permits {
		wait()
		return waited
	}
	err := m.acquire(short, t, t.ownGroup(), t.plan.kids[0].leaf(), wait)
	return errors.Join(err, waited)
}

// keep is what is done with a permit: it is kept for a while.
func (m *model) keep(t *modelTask, plan modelPlan) {
	if plan.n%3 == 0 && t == nil {
		<-m.gate(plan.n)
		return
	}
	time.Sleep(plan.d)
}

// acquire takes a permit, calls use, and gives it back.
func (m *model) acquire(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan, use func()) error {
	plan.retries, plan.timeout = modelRetries{}, 0
	t := m.newPermit(from, parent, g, plan)
	m.logf("  %v acquires %v of %v with %v: %v", parent, t, g, from, plan)
	m.begun.Add(1)
	defer m.over.Add(1)
	release, err := pool.Acquire(from.ctx, m.executor(g), plan.options()...)
	m.logf("  %v has acquired %v: %v", parent, t, err)
	if err != nil {
		m.refusedPermit(t, release, err)
		return err
	}
	m.starts(nil, t)
	use()
	m.ends(t)
	release()
	release()
	return nil
}

// newPermit enters a permit into the records.
func (m *model) newPermit(from *modelCtx, parent *modelTask, g *modelGroup, plan modelPlan) *modelTask {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.newTaskLocked(from, parent, g, plan)
	t.permit = true
	if parent != nil {
		parent.waitedOn = append(parent.waitedOn, t)
	}
	t.called, t.since = m.stamp(), time.Now()
	t.beside = m.cfg.queue >= 0 && m.overflow(t) == millrace.CallerRuns
	return t
}

// refusedPermit checks and notes a permit that was not granted.
func (m *model) refusedPermit(t *modelTask, release func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.returned = m.stamp()
	t.seen = &modelResult{state: future.Cancelled, err: err}
	m.reachedEnd(t, future.Cancelled, err)
	stuck := errors.Is(err, future.ErrDeadlock) && t.parent != nil
	if release != nil || !stuck && !m.mayNotRun(t, err) {
		m.failf("Acquire() of %v = %v, which nobody caused; there is a release: %v", t, err, release != nil)
	}
}

// permitHeld reports whether there is a permit that was granted and not given back.
func (m *model) permitHeld() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.tasks, func(t *modelTask) bool { return t.permit && t.holding })
}

// checkPermit checks, at rest, a permit that is neither granted nor refused.
func (m *model) checkPermit(t *modelTask) {
	switch {
	case m.sleeping(): // it may be at a function of a task that it has dropped
	case t.from.ctx.Err() != nil:
		m.failf("at rest: the Acquire of %v blocks, though its context has ended", t)
	case t.expired():
		m.failf("at rest: the Acquire of %v blocks for %v", t, time.Since(t.since))
	case m.levers.isStopped != 0:
		m.failf("at rest: the Acquire of %v blocks, though the pool has stopped", t)
	}
}

// countPermit counts a permit that is neither granted nor refused.
func (m *model) countPermit(c *modelCounts, t *modelTask) {
	switch {
	case m.sleeping(): // its Acquire may be at a function of a task that it has dropped: it may be granted, or refused
		c.blocked++
		c.thens++
		c.unsure++
		t.unsure = true
	case t.waitsBefore():
		c.deferred++
	case m.cfg.queue < 0:
		c.queued++
	case t.late():
		c.queued++
		c.thens++
	default: // in the queue, or before it
		c.blocked++
	}
}
