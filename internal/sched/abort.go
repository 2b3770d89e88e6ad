package sched

import (
	"github.com/millrace-go/millrace/internal/effects"
	"github.com/millrace-go/millrace/internal/outcome"
)

// Cancel and Abort decide under the lock of the task's pool, where a task starts and settles, too: so a
// task that was cancelled has never run. What Abort does to a running task, to end its context, may run
// code of the user. So it is an effect of the section, and what depends on that context is told in a
// section of its own, aborted. A task that has started and has no context yet keeps the cause for
// its worker: abortEarly.

// An Owner decides about a future that has no pool.
type Owner interface {
	Cancel() bool
	Abort(cause error) bool
}

// Cancel settles t if it is pending. It reports whether it is cancelled.
func (t *Task) Cancel() bool {
	return t.end(outcome.ErrCancelled, Owner.Cancel, func(*Pool) bool { return false }) || t.State() == outcome.Cancelled
}

// Abort is Cancel with a cause; of a running task it ends the context. It reports
// whether it had an effect.
func (t *Task) Abort(cause error) bool {
	if t.Settled() {
		return false // the error would be made for nothing
	}
	return t.end(outcome.NeverRan(cause), func(o Owner) bool { return o.Abort(cause) }, func(p *Pool) bool { return p.abortTask(t, cause) })
}

// end settles t, if it is pending, as one that never ran because of err. Its owner decides with
// alone, if it has no pool; running is called if it has started. end reports whether it had an effect.
func (t *Task) end(err error, alone func(Owner) bool, running func(*Pool) bool) bool {
	if t.Settled() {
		return false
	}
	p := t.pool()
	if p == nil {
		if o, ok := t.body.(Owner); ok {
			return alone(o)
		}
		return t.Drop(err)
	}
	p.mu.Lock()
	defer p.unlock()
	switch {
	case t.Settled():
		return false
	case t.Pending():
		p.cancel(t, err)
		return t.State() == outcome.Cancelled // a Then may take what its input has ended with
	}
	return running(p)
}

// ended reports whether a context has ended that ends t, which has not settled: the pool may
// not have been told yet.
func (p *Pool) ended(t *Task, x *Extra) bool {
	return t.scope.Load().ended() || x.memberOf().endedContext() != nil || p.stopsNow()
}

// abortTask ends the context of a task that has started, and all further attempts. It
// reports whether nothing had ended them before.
func (p *Pool) abortTask(t *Task, cause error) bool {
	if t.Settled() {
		return false // its worker is about to tell its group
	}
	x := t.extra()
	final := t.Has(outcome.Final)
	first := !final && !p.ended(t, x)
	t.Add(outcome.Final)
	ended := x.ofMap() && x.more.items.beginEnd(cause, nil)
	t.abortBelow()
	switch w := t.worker; {
	case x.isRunner(), x.isPermit():
	case t.rests():
		p.cancel(t, cause)
	case w == nil || w.item == nil:
		if !final {
			t.SetErr(cause) // for abortEarly
		}
	case ended && w.kids == nil && !w.item.Looked(): // the context finds that its map has ended
	default:
		known := w.item.Ended()
		if !known {
			w.item.Abort(cause)
		}
		p.effects.Abort(effects.Abort{Item: w.item, Cause: cause, Of: w}) // also then: what waits with it has not been told
		return first && (!known || x != nil && x.opts.Retry != nil)
	}
	return first
}

// abortBelow says that t, which has started, is about to be told of its end: a task below it that
// returns before that must not pass for one that has ended by itself.
func (t *Task) abortBelow() {
	if w := t.worker; w != nil {
		w.kids.abort()
	}
}

// abortEarly ends the context of t, which its worker has made, if t was aborted before that. Until
// then the cause is in the place of the task's error.
func (p *Pool) abortEarly(t *Task) {
	if t.Has(outcome.Final) {
		cause := t.Err()
		t.SetErr(nil)
		p.abortTask(t, cause)
	}
}

// aborted tells what depends on contexts of tasks that they have been ended. It is a section of
// its own, and does the effects of that.
func (p *Pool) aborted(aborts []effects.Abort, settled *[]*outcome.Core) {
	p.mu.Lock()
	for _, a := range aborts {
		if s := a.Of.(*worker).kids; s != nil && s.ctx == a.Item { // the worker may have another task by now
			s.fire()
		}
	}
	p.admit()
	p.noteCalm()
	p.verify()
	p.doEffects(p.workers.next(p), settled)
}
