package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/cell"
)

// finishLocked settles a task whose function has ended, and passes on what it
// held.
func (p *Pool) finishLocked(w *worker, t *Task) cell.Owed {
	state := t.Outcome.state()
	owed := t.core().Settle(state)
	w.goIfLocked(owed)
	p.finishedLocked(t, state)
	return owed
}

// releaseLocked has what is owed for t paid by unlock, if that has others to pay:
// all waiters come before any function.
func (p *Pool) releaseLocked(t *Task, owed *cell.Owed) {
	if owed.Release() && p.after.any {
		p.after.release(t.core())
		*owed = 0
	}
}

// finishedLocked is the rest of finishLocked, for a task that has settled.
func (p *Pool) finishedLocked(t *Task, state cell.State) {
	switch {
	case t.lent:
		p.lending--
		p.offReturningLocked(t)
		t.lent = false
	default:
		p.haltLocked(t)
	}
	t.status = over
	p.countOutcomeLocked(t)
	if c := t.run.Load(); c != nil {
		t.run.Store(nil)
		p.endWatchLocked(c)
	}
	p.satisfyLocked(t, state)
	p.leaveLocked(t, state)
	p.offerAllLocked()
	p.admitLocked()
	p.drainLocked()
}

// haltLocked takes from a running task what it holds: because it has ended, or
// lends it.
func (p *Pool) haltLocked(t *Task) {
	if t.beyond {
		p.beyond--
	} else {
		p.busy--
	}
	p.giveWeightLocked(t)
	t.group().exitLocked()
}

func (p *Pool) countOutcomeLocked(t *Task) {
	if t.isHand() {
		p.hands--
		p.count.add(&t.more.hand.done)
		return
	}
	switch t.Outcome {
	case Succeeded:
		p.count.succeeded++
	case Panicked:
		p.count.panicked++
		fallthrough
	default:
		p.count.failed++
	}
}

// leaveLocked tells its key and its group of a settled task.
func (p *Pool) leaveLocked(t *Task, state cell.State) {
	if t.more == nil {
		return
	}
	p.passTurnLocked(t)
	t.more.Key = nil
	if g := t.more.group; g != nil {
		g.leaveLocked(t, state)
	}
}

// neverRanLocked settles a task that is on no list.
func (p *Pool) neverRanLocked(t *Task, state cell.State, err error) {
	t.status = over
	t.ctx = nil
	t.body.Drop()
	t.core().SetErr(err)
	if t.core().Settle(state).Release() {
		p.after.release(t.core())
	}
}

// cancelLocked settles a task that has not started: it is off the queue, out of
// the count and let go of when this returns.
func (p *Pool) cancelLocked(t *Task, err error) { p.dropLocked(t, cell.Cancelled, err) }

// dropLocked is cancelLocked for any state: a Then takes that of its input.
func (p *Pool) dropLocked(t *Task, state cell.State, err error) {
	g := t.group()
	switch t.status {
	case queued:
		p.unlineLocked(t)
		p.unplaceLocked(t)
	case deferred:
		p.deferred.remove(t)
		p.undeferLocked(t)
	}
	p.unwatchLocked(t)
	switch {
	case t.isHand():
	case state == cell.Cancelled:
		p.count.cancelled++
	default:
		p.count.failed++
	}
	p.neverRanLocked(t, state, err)
	p.satisfyLocked(t, state)
	p.leaveLocked(t, state)
	g.letInLocked()         // it may have come back for room that it does not need now
	p.offers = p.offers[:0] // there is no slot to offer
	p.admitLocked()
	p.drainLocked()
}

// Cancel settles t if it is pending. It implements cell.Owner.
func (t *Task) Cancel() bool {
	p := t.pool
	p.mu.Lock()
	p.fetchLocked(t)
	pending := t.pendingLocked()
	if pending {
		p.cancelLocked(t, cell.ErrCancelled)
	}
	p.unlock()
	return pending || t.core().State() == cell.Cancelled
}

// Abort is Cancel with a cause; of a running task it ends the context. It
// reports whether it had an effect.
func (t *Task) Abort(cause error) bool {
	p := t.pool
	p.mu.Lock()
	p.fetchLocked(t)
	effect := true
	switch {
	case t.pendingLocked():
		p.cancelLocked(t, cell.NeverRan(cause))
	case t.activeLocked():
		c := t.contextLocked()
		effect = c != nil && !c.overLocked()
		if c != nil {
			p.after.abort(c, orCanceled(cause))
		}
	default:
		effect = false
	}
	p.unlock()
	return effect
}

// abortedLocked tells what depends on contexts of tasks that they have been ended.
func (p *Pool) abortedLocked(aborts []abortion) {
	p.hold++
	for _, t := range aborts {
		if w := t.ctx.watch; w != nil {
			w.fireLocked()
		}
	}
	p.hold--
	p.admitLocked()
}

// orCanceled makes a nil cause what a context says of it.
func orCanceled(cause error) error {
	if cause == nil {
		return context.Canceled
	}
	return cause
}
