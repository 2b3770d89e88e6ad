package sched

import (
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A task settles in one section, whatever ends it: its outcome is published, it gives back what it
// holds, leaves its key, its group and its scope, and the waits for it learn that they are over.
// What wakes the goroutines that wait comes after the section. There are four parts:
//
//	ran       its function has ended: the worker takes its next task in the same section
//	ranPlain  the same for a plain task in a calm pool, which holds nothing but a slot   plain.go
//	cancel    it has not started, or is between two attempts
//	conclude  what is left to do where no worker goes on: also for permits, forks that their
//	          callers run, and tasks that are refused

// ran settles a task whose function has ended, and passes on what it held.
func (p *Pool) ran(w *worker, t *Task, x *Extra) outcome.Watchers {
	w.task, w.item, t.worker = nil, nil, nil
	s := t.scope.Load()
	if s.fired && !x.isRunner() {
		w.contexts.Block().Cut()
	}
	state := p.countRun(t, x)
	watchers, g := t.settle(state), x.memberOf()
	if watchers.Lent() {
		w.lendsNoMore(t)
	} else {
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
	if p.slots.lent > 0 {
		p.offerSlot(t, g)
	}
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
	t.body.Drop()
}

// letGo releases what the options of a task that settles hold, and the timer of its maximum wait.
// That of its delay has ended, or unqueue has stopped it.
func (p *Pool) letGo(x *Extra) {
	if m := x.more; m != nil {
		p.clock.Stop(&m.expiry)
		if m.items == nil && m.permit == nil {
			x.more = nil
		}
	}
	x.common.Key, x.opts = nil, &options.Plain.Rest
}

// cancel settles a task that has not started, or rests. When it returns, the task is in no queue
// and not counted as pending, and its function is released. A Then whose input has not
// succeeded takes the outcome of the input, of which the pool may not have been told yet. A task that
// rests keeps the error of its last attempt.
func (p *Pool) cancel(t *Task, err error) {
	x, state := t.extra(), outcome.Cancelled
	if !t.Pending() {
		p.unqueue(t, x)
		x.stage = started
		p.slots.rests--
		p.conclude(t, x, p.countRun(t, x))
		return
	}
	if input := x.lostInput(); input != nil {
		state, err = input.State(), input.Err()
	}
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
			p.effects.Call(o.NeverRan(err))
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
	}
	if watchers.Any() {
		p.effects.Release(&t.Core)
	}
	if s != nil {
		s.leave()
	}
}

// settle publishes the outcome, then releases the scope. The order matters: a goroutine
// that finds no scope, without the lock, must find the task settled.
func (t *Task) settle(state outcome.State) outcome.Watchers {
	watchers := t.Settle(state)
	t.scope.Store(nil)
	return watchers
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
	if t.Pending() && p.settleIfEnded(t, t.extra()) {
		p.unlock()
	} else {
		p.stopsNow() // then Stop settles it
		p.unlockAsIs()
	}
	return t.State()
}
