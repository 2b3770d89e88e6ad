package sched

import (
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// ran settles a task whose function has ended, and passes on what it held.
func (p *Pool) ran(w *worker, t *Task, x *Extra) outcome.Watchers {
	w.task, w.item, t.next = nil, nil, nil
	s := t.scope.Load()
	state := outcome.Succeeded
	if t.Err() == nil && x == nil {
		p.count.Succeeded++ // countRun, in the usual case
	} else {
		state = p.countRun(t, x)
	}
	watchers := t.settle(state)
	switch {
	case watchers.Lent():
		p.slots.lent--
		w.offReturns()
	case x == nil && p.simple:
		p.slots.active--
	default:
		p.halt(t, x)
	}
	if w.kids != nil || w.waits != nil {
		w.leaveTask()
	}
	if x != nil {
		p.leaveRich(t, x, state)
	}
	if watchers.Joined() {
		p.satisfy(t, state)
	}
	s.leave()
	if len(p.offers) > 0 {
		p.offerAll()
	}
	p.drain()
	return watchers
}

// countRun counts a task that has run, and returns its state.
func (p *Pool) countRun(t *Task, x *Extra) outcome.State {
	state := outcome.Succeeded
	if t.Err() != nil {
		state = outcome.Failed
	}
	if x.isRunner() {
		p.workers.runners--
	}
	p.count.outcome(t, x, state)
	return state
}

// leaveRich tells the key and the group of a settled task, and lets go of what the
// task does not need any more.
func (p *Pool) leaveRich(t *Task, x *Extra, state outcome.State) {
	p.leaveTurn(t, x)
	if g := x.group; g != nil {
		g.leave(t, x, state)
	}
	p.noVictim(x)
	p.letGo(x)
	if t.body != nil && !x.isRunner() {
		t.body.Drop()
	}
}

// letGo releases what the options of a task that settles hold, and its timers.
func (p *Pool) letGo(x *Extra) {
	if m := x.more; m != nil {
		p.clock.stop(&m.delay)
		p.clock.stop(&m.expiry)
		if m.items == nil && m.permit == nil {
			x.more = nil
		}
	}
	x.common.Key, x.opts = nil, &options.Plain
}

// cancel settles a task that has not started. When it returns, the task is in no queue
// and not counted as pending, and its function is released.
func (p *Pool) cancel(t *Task, err error) { p.settlePending(t, outcome.Cancelled, err) }

// settlePending is cancel for any state: a Then takes that of its input.
func (p *Pool) settlePending(t *Task, state outcome.State, err error) {
	x := t.extra()
	p.unqueue(t, x)
	p.countPending(t, x, state)
	p.neverRan(t, x, state, err)
}

func (p *Pool) countPending(t *Task, x *Extra, state outcome.State) {
	switch {
	case x.ofMap():
		return
	case x != nil && x.entering:
		p.unlistEntry(t, x)
		if !x.taken {
			p.countUntaken(x, (*Counts).lose)
			return
		}
	case x != nil && x.unplaced:
		p.count.Submitted++
	}
	p.count.outcome(t, x, state)
}

// neverRan settles t, which never ran and waits nowhere.
func (p *Pool) neverRan(t *Task, x *Extra, state outcome.State, err error) {
	g := x.memberOf()
	t.body.Drop()
	t.SetErr(err)
	if p.cfg.Observer != nil {
		if o, ok := t.body.(Observed); ok {
			p.effects.call(o.NeverRan(err))
		}
	}
	p.conclude(t, x, state)
	if g != nil && !x.taken {
		g.lost(t, x)
	}
}

// conclude settles a task that is counted and holds nothing any more, outside of the loop of
// a worker.
func (p *Pool) conclude(t *Task, x *Extra, state outcome.State) {
	s := t.scope.Load()
	watchers := t.settle(state)
	if x != nil {
		p.leaveRich(t, x, state)
	}
	if watchers.Joined() {
		p.satisfy(t, state)
		p.noOffers() // there is no slot to offer
	}
	if watchers.Any() {
		p.effects.release(&t.Core)
	}
	if s != nil {
		s.leave()
	}
	p.admit()
	p.drain()
}

// settle publishes the outcome, then releases the scope. The order matters: a goroutine
// that finds no scope, without the lock, must find the task settled.
func (t *Task) settle(state outcome.State) outcome.Watchers {
	watchers := t.Settle(state)
	t.scope.Store(nil)
	return watchers
}

// An Owner decides about a future that has no pool.
type Owner interface {
	Cancel() bool
	Abort(cause error) bool
}

// Cancel settles t if it is pending. It reports whether it is cancelled.
func (t *Task) Cancel() bool {
	if t.Settled() {
		return t.State() == outcome.Cancelled
	}
	p := t.pool()
	if p == nil {
		return t.cancelAlone()
	}
	p.mu.Lock()
	pending := t.Pending()
	if pending {
		p.cancel(t, outcome.ErrCancelled)
	}
	p.unlock()
	return pending || t.State() == outcome.Cancelled
}

func (t *Task) cancelAlone() bool {
	if o, ok := t.body.(Owner); ok {
		return o.Cancel()
	}
	return t.Drop(outcome.ErrCancelled) || t.State() == outcome.Cancelled
}

// Abort is Cancel with a cause; of a running task it ends the context. It reports
// whether it had an effect.
func (t *Task) Abort(cause error) bool {
	if t.Settled() {
		return false
	}
	p := t.pool()
	if p == nil {
		if o, ok := t.body.(Owner); ok {
			return o.Abort(cause)
		}
		return t.Drop(outcome.NeverRan(cause))
	}
	p.mu.Lock()
	effect := false
	switch {
	case t.Settled():
	case t.Pending():
		p.cancel(t, outcome.NeverRan(cause))
		effect = true
	default:
		effect = p.abortTask(t, cause)
	}
	p.unlock()
	return effect
}

// abortTask ends the context of a task that has started, and all further attempts. It
// reports whether that had not been done.
func (p *Pool) abortTask(t *Task, cause error) bool {
	x := t.extra()
	last := x != nil && x.opts.Retry != nil && !t.Has(outcome.Final)
	if last {
		t.Add(outcome.Final)
	}
	if x.ofMap() {
		p.effects.end(x.more.items.abort, cause)
	}
	switch w := t.worker(); {
	case x.isRunner(), x.isPermit():
	case x.rests():
		p.giveUp(t, x)
	case w == nil:
		if p.early == nil {
			p.early = make(map[*Task]error)
		}
		if _, ok := p.early[t]; ok {
			return false
		}
		p.early[t] = cause
	case w.item == nil:
		if w.abortion != nil {
			return false
		}
		w.abortion = cause
	default:
		known := w.item.Ended()
		p.effects.abort(w.item, w, cause) // also then: what waits with it has not been told
		return last || !known
	}
	return true
}

// aborted tells what depends on contexts of tasks that they have been ended.
func (p *Pool) aborted(aborts []abortion) {
	p.hold++
	for _, a := range aborts {
		if s := a.worker.kids; s != nil && s.ctx == a.item { // the worker may have another task by now
			s.fire()
		}
	}
	p.hold--
	p.admit()
}

// Look returns the state. A pending task whose context has ended is cancelled first: the
// state must not lag behind the context, of which the pool may not have been told yet.
func (t *Task) Look() outcome.State {
	s := t.State()
	if s != outcome.Pending {
		return s
	}
	p := t.pool()
	if p == nil {
		return t.State()
	}
	p.mu.Lock()
	if t.Pending() {
		p.lookAt(t)
	}
	p.unlock()
	return t.State()
}

// lookAt settles a pending task that the end of a context has reached.
func (p *Pool) lookAt(t *Task) {
	if s := t.scope.Load(); s.ended() {
		p.cancel(t, s.contextError())
		return
	}
	if p.stopsNow() {
		return
	}
	if err := p.groupEnd(t.group()); err != nil {
		p.cancel(t, err)
	}
}
