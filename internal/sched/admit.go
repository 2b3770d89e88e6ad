package sched

import (
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A task starts when it has passed, in this order:
//
//	delay, input   before that it is not in the queue       clock.go, then.go
//	place          the queue's bound                        place.go
//	turn           of its key                               turn.go
//	limit, rate    of its groups, then the rate of the pool limit.go
//	weight         of the pool                              weight.go
//	worker         that has been prepared, with WithInit    prepare.go
//	slot
//
// A task that waits for its turn, or for a group, is put aside there and holds back no
// other. A task that waits for the pool's rate, for weight or for a worker holds back all
// behind it: otherwise light tasks, which always fit, could keep a heavy one waiting for
// ever.
//
// Tasks that wait only for a slot start in the order of Pool.ready and Pool.fifo. Three
// kinds of tasks start out of that order, under the same conditions: those that take back
// a slot that they have lent come first; a slot that is lent goes to the members of the
// wait (lend.go); and CallerRuns needs no slot (place.go).

// A verdict is what becomes of a task that is next.
type verdict uint8

const (
	passed verdict = iota
	aside          // the task waits elsewhere now, and holds back no other
	stop           // nothing behind it may start either
)

// try asks the gates whether a task that is next passes them. A gate changes nothing but where the
// task waits. If the task needs an alarm, for a rate, or a worker, for WithInit, the gate asks for it.
// What a task holds while it is at work is taken by occupy.
func (p *Pool) try(t *Task, x *Extra) verdict {
	switch {
	case x.memberOf() != nil && !p.passGroups(t, x):
		return aside
	case p.simple: // it needs nothing but a slot
	case !p.rate.Allows(&p.clock, 0) || !p.weights.pass(t) || !p.passWorkers(x):
		return stop
	}
	return passed
}

// admit starts what may start. unlock calls it, so that no section ends with a slot that is
// idle while something may start, and nothing starts between two tasks that a section
// settles. A section calls it itself only if it has to know what has started, or what effects
// that has. These start a task without it:
//
//	startNext, takePlain,  the task that admit would start first
//	startsPlain, startAtOnce
//	tryStart               a task that a lent slot goes to, or a permit, out of the order of the queue
//	Fork.quick and Take    the other function of Join
func (p *Pool) admit() {
	p.admitWaiting()
	for len(p.acquires) > 0 && p.refuseStuck() {
		p.admitWaiting()
	}
}

func (p *Pool) admitWaiting() {
	if p.slots.active < p.slots.n || p.cfg.Queue != options.Unbounded || p.workers.runners > 0 {
		p.admitAll() // or else nothing may start, and no runner looks at Pool.wants
	}
}

// admitAll starts what may start, and tells the runners of maps that others wait. Then it looks at
// the first of the queue once more: a runner that keeps it waiting may have taken the last item
// before.
func (p *Pool) admitAll() {
	p.admitSome()
	if p.workers.runners > 0 {
		p.updateWants()
		for p.blocked && p.dismissFirst() {
			p.admitSome()
			p.updateWants()
		}
	}
}

func (p *Pool) admitSome() {
	if p.entries.Len() > 0 || p.mayGive() && !p.vacant() {
		p.blocked = false
		for p.enterFirst() || p.startOne() || p.startAcquired() {
		}
		p.startBeside()
	}
}

// mayGive reports whether there is a slot for what waits, or something waits that needs none.
func (p *Pool) mayGive() bool { return p.slots.free() || p.returns[1].Len() > 0 }

// vacant reports whether nothing waits for a slot.
func (p *Pool) vacant() bool {
	return p.fifo.Len()+p.ready.Len()+p.returning()+p.entries.Len() == 0
}

// suspended reports whether no further task may start, but those that have may go on.
func (p *Pool) suspended() bool { return p.paused.Load() || p.stopsNow() }

// startOne gives a free slot to the next task, or lets a task go on that needs none. It reports
// false if there is no such task.
func (p *Pool) startOne() bool {
	switch waits, resumed := p.resumeFirst(); {
	case resumed:
		return true
	case waits || !p.slots.free() || p.suspended():
		return false
	}
	t := p.first()
	return t != nil && p.startFirst(t, false)
}

// startFirst starts t, which is next, in a free slot, or, an entry of CallerRuns, beside the slots. It
// reports false if t holds back all tasks behind it.
func (p *Pool) startFirst(t *Task, beside bool) bool {
	x := t.extra()
	if p.settleIfEnded(t, x) {
		return true
	}
	switch p.try(t, x) {
	case passed:
		if x != nil && x.entering {
			p.tookEntry(t, x, beside)
		} else {
			p.took(t, x)
		}
		p.start(t, x)
	case stop:
		p.blocked = !p.dismiss(t, x)
		return !p.blocked
	}
	return true
}

// first returns the task, maybe an entry, that starts next if nothing keeps it, nil if there is none.
func (p *Pool) first() *Task {
	t := p.head()
	if p.entries.Len() > 0 {
		if e := p.entrant(); e != nil && (t == nil || goesBefore(e, t)) {
			return e
		}
	}
	return t
}

// settleIfEnded settles a task that is pending or rests, if a context has ended that ends it:
// the pool may not have been told yet. It reports whether it did.
func (p *Pool) settleIfEnded(t *Task, x *Extra) bool {
	var err error
	switch s, g := t.scope.Load(), x.memberOf(); {
	case s.ended():
		err = s.contextError()
	case g != nil:
		err = p.groupEnd(g)
	}
	if err != nil {
		p.cancel(t, err)
	}
	return err != nil
}

// start starts a task that has passed all conditions and waits nowhere any more:
// from here on its function will be called.
func (p *Pool) start(t *Task, x *Extra) {
	first := t.Pending()
	if p.rate.On() || x.memberOf() != nil {
		p.spend(x)
	}
	if first {
		t.Begin()
	}
	p.occupy(t, x)
	if x != nil {
		if p.startRich(t, x, first); x.isPermit() {
			return
		}
	}
	p.starting.Push(t)
}

// startRich is the part of start that few tasks need.
func (p *Pool) startRich(t *Task, x *Extra, first bool) {
	if !first {
		p.slots.rests--
		t.Clear(outcome.Unwound) // that was the attempt before
	}
	x.keepRoom(0)
	x.stage = started
	if first {
		if x.isRunner() {
			p.workers.runners++
		} else if x.unplaced {
			p.count.Submitted++
		}
		p.noVictim(x)
		if x.more != nil {
			p.clock.Stop(&x.more.expiry)
		}
		if x.group != nil {
			x.group.started(x)
		}
	}
	if x.isPermit() {
		p.grant(x.more.permit)
	}
}

// startAtOnce starts a task that is submitted, or puts it aside, if it is next: most tasks of a pool
// that is not busy, and of a group that is full, do not go through the queue. It reports false if the
// task has to.
func (p *Pool) startAtOnce(t *Task, x *Extra) bool {
	if !p.slots.free() || !p.startsNext() || p.suspended() || x != nil && (x.common.Key != nil || x.isPermit()) {
		return false
	}
	verdict := p.try(t, x)
	if verdict == passed && !p.takesTurns() {
		p.start(t, x)
		return true
	}
	return verdict == aside
}

// tryStart starts a pending task ahead of those before it in the queue, if all gates let it
// pass. There is a slot.
func (p *Pool) tryStart(t *Task) bool {
	x := t.extra()
	if p.suspended() || x != nil && (x.stage != ready || x.entering) {
		return false
	}
	if p.settleIfEnded(t, x) {
		return true
	}
	if p.try(t, x) != passed {
		return false
	}
	p.unqueue(t, x)
	p.start(t, x)
	return true
}

// occupy gives a task what it holds while it is at work: it starts, or goes on after it has
// lent.
func (p *Pool) occupy(t *Task, x *Extra) {
	if !x.isBeyond() {
		p.slots.active++
	} else {
		p.slots.beyond++
	}
	p.weights.add(t, 1)
	x.memberOf().take()
}

// halt takes that back: the task has ended, waits for its next attempt, or lends.
func (p *Pool) halt(t *Task, x *Extra) {
	if !x.isBeyond() {
		p.slots.active--
	} else {
		p.slots.beyond--
	}
	p.weights.add(t, -1)
	x.memberOf().give()
}
