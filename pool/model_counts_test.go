package pool_test

import (
	"errors"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// modelCounts is what Stats should say. Of calls of Submit that have not
// returned the model does not know how the pool counts them.
type modelCounts struct {
	succeeded, failed, panicked int
	cancelled, refused          int // for sure
	either                      int // one of the two
	queued, deferred            int
	running                     int // waiting ones included
	thens                       int // of queued and deferred: those that may be either
	passed                      int // thens that have the outcome of an input that panicked
	blocked                     int // calls of Submit that have not returned
	unsure                      int // of those: whose task rests, or has settled
}

// count adds t.
func (m *model) count(c *modelCounts, t *modelTask) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case t.item || t.called == 0:
	case t.permit && t.starts == 0 && t.seen == nil:
		m.countPermit(c, t)
	case t.rests() && t.f == nil: // or its rest was ended; its Submit has not returned
		c.unsure++
		c.blocked++
	case t.starts > 0 && !t.ended, t.rests():
		c.running++
	case t.permit && t.ended:
		c.succeeded++
	case t.permit && t.seen != nil:
		m.countCancelled(c, t)
	case t.f == nil:
		c.blocked++
	case t.seen == nil && t.waitsBefore():
		c.deferred++
	case t.seen == nil:
		c.queued++
		if t.late() || m.mayHaveOutlived(t) {
			c.thens++
		}
	case t.seen.state == future.Succeeded:
		c.succeeded++
	case t.seen.state == future.Failed:
		c.failed++
		var p *future.PanicError
		if t.will != nil && t.will.panicked != nil {
			c.panicked++
		} else if t.starts == 0 && errors.As(t.seen.err, &p) {
			c.passed++
		}
	default:
		m.countCancelled(c, t)
	}
}

// countCancelled tells those that the pool took from those it refused.
func (m *model) countCancelled(c *modelCounts, t *modelTask) {
	err := t.seen.err
	is := func(target error) bool { return errors.Is(err, target) }
	refusal := is(pool.ErrClosed) || is(pool.ErrStopped) || is(pool.ErrBroken) || is(pool.ErrTooHeavy) || is(pool.ErrQueueFull) || is(future.ErrDeadlock)
	l := &m.levers
	switch {
	case t.pending != 0 || !refusal:
		c.cancelled++
	case t.late() || is(pool.ErrBroken) || t.groupWaited() || m.mayEndTask(t, err): // a member's failure may be a refusal
		c.either++
	case is(pool.ErrTooHeavy), is(pool.ErrQueueFull) && m.overflow(t) == millrace.Reject && !m.cfg.overflows && m.cfg.overflow != millrace.DropOldest,
		is(pool.ErrClosed) && l.isSealed != 0 && t.called > l.isSealed && !t.fromTask(),
		is(pool.ErrStopped) && l.isStopped != 0 && t.called > l.isStopped:
		c.refused++
	case !is(pool.ErrQueueFull) && !is(future.ErrDeadlock) && t.returned < l.sealed:
		c.cancelled++
	default:
		c.either++
	}
}

// checkCounts compares at rest.
func (m *model) checkCounts(s pool.Stats, c modelCounts) {
	if m.mapped.Load() {
		return
	}
	in := func(what string, got, least, most int) {
		if got < least || got > most {
			m.failf("at rest: Stats() = %+v: %s = %d, want %d to %d: %+v", s, what, got, least, most, c)
		}
	}
	in("Succeeded", int(s.Succeeded), c.succeeded, c.succeeded+c.blocked)
	in("Failed", int(s.Failed), c.failed, c.failed+c.blocked)
	in("Panicked", int(s.Panicked), c.panicked, c.panicked+c.passed+c.blocked)
	in("Running+Waiting", s.Running+s.Waiting, c.running, c.running+c.unsure)
	in("Queued+Deferred", s.Queued+s.Deferred, c.queued+c.deferred, c.queued+c.deferred+c.blocked)
	in("Deferred", s.Deferred, c.deferred, c.deferred+c.thens)
	in("Cancelled", int(s.Cancelled), c.cancelled, c.cancelled+c.either+c.blocked)
	returning := 0
	if m.sleeping() { // one that was refused may have called a function of another task before it returns
		returning = c.blocked
	}
	in("Refused", int(s.Refused), c.refused, c.refused+c.either+returning)
	in("Cancelled+Refused", int(s.Cancelled+s.Refused), c.cancelled+c.refused+c.either, c.cancelled+c.refused+c.either+c.blocked)
	m.checkHolders(s, in)
	if m.cfg.idle == 0 && c.running+c.blocked == 0 && s.Goroutines != 0 && !m.sleeping() && m.initing.Load() == 0 {
		m.failf("at rest: Stats() = %+v: %d goroutines are idle, want none", s, s.Goroutines)
	}
}

// checkHolders checks who holds slots and weight: those that run, and of those
// that wait or have a debt perhaps some.
func (m *model) checkHolders(s pool.Stats, in func(what string, got, least, most int)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var slots, mostSlots int
	var weight, mostWeight int64
	for _, t := range m.tasks {
		granted := t.permit && t.seen == nil && m.sleeping() // perhaps: see countPermit
		if t.starts == 0 && !granted || t.ended {
			continue
		}
		mostSlots++
		mostWeight += t.plan.weight
		if t.holding && !t.debt {
			slots++
			weight += t.plan.weight
		}
	}
	in("Running", s.Running, slots, mostSlots)
	if m.cfg.maxWeight > 0 {
		in("Weight", int(s.Weight), int(weight), int(mostWeight))
	}
}

// checkSubmits checks, at rest, that every Submit that can has returned.
func (m *model) checkSubmits(s pool.Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tasks {
		if t.called == 0 || t.returned != 0 || t.parent != nil || t.starts > 0 {
			continue
		}
		if t.permit {
			m.checkPermit(t)
			continue
		}
		switch {
		case m.sleeping(): // it may be at a function of a future that it found to be over
		case t.from.ctx.Err() != nil:
			m.failf("at rest: the Submit of %v blocks, though its context has ended", t)
		case t.expired():
			m.failf("at rest: the Submit of %v blocks for %v", t, time.Since(t.since))
		case m.overflow(t) == millrace.Block && m.p.Err() != nil:
			m.failf("at rest: the Submit of %v blocks, though the pool takes no more: %v", t, m.p.Err())
		case m.overflow(t) == millrace.Block && s.Queued < m.cfg.queue:
			m.failf("at rest: the Submit of %v blocks, though the queue has room: %+v", t, s)
		case m.overtaken(t) != nil:
			m.failf("at rest: the Submit of %v blocks, that of %v has returned", t, m.overtaken(t))
		}
		t.blocked = m.stamp()
	}
}

// passes reports whether t need not wait for a place: it runs beside the workers, or takes
// that of another task.
func (m *model) passes(t *modelTask) bool {
	o := m.overflow(t)
	return o == millrace.CallerRuns || o == millrace.DropOldest
}

// overtaken returns a task whose Submit from outside began after that of t was
// seen blocked and has been taken.
func (m *model) overtaken(t *modelTask) *modelTask {
	if m.overflow(t) != millrace.Block || t.blocked == 0 || t.plan.key != 0 || t.group != nil {
		return nil // one that waits for its key, or for a group, holds back nobody
	}
	i := slices.IndexFunc(m.tasks, func(x *modelTask) bool {
		return x.parent == nil && !x.item && !x.late() && !m.passes(x) && x.called > t.blocked && (x.starts > 0 || x.f != nil && x.seen == nil)
	})
	if i < 0 {
		return nil
	}
	return m.tasks[i]
}
