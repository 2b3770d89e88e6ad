package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A pool with a bounded queue takes a task if there is a place, or if the task can
// start at once. Every task that finds the queue full becomes an entry first, and
// only then it is decided what its submitter does: so tasks that wait for a place
// have one order, also in the line of their key, and one way in:
//
//	a place is free   the first entry, whatever else it waits for
//	a slot is free    the first entry that could start
//	CallerRuns        also without a slot
//
// An entry is pending for its future, but not for its pool: it is not counted, nor a
// member of its group. A Then, or a delayed task, was counted long ago.

// places returns how many tasks take a place in the queue.
func (p *Pool) places() int {
	c := &p.count
	began := p.slots.running() + p.slots.waiting() - p.workers.runners
	return int(c.submitted-c.succeeded-c.failed-c.cancelled) - began - p.waitsBefore()
}

// waitsBefore returns how many pending tasks are not in the queue yet.
func (p *Pool) waitsBefore() int { return p.deferred.n + p.clock.delayed + p.late }

// overflow returns what becomes of a task that finds the queue full.
func (p *Pool) overflow(x *Extra) options.Overflow {
	if o := x.opts.Overflow; o != nil {
		return *o
	}
	return p.cfg.Overflow
}

// enter is the submission of a task to a pool with a bounded queue.
func (p *Pool) enter(s *submission) follow {
	t, x := s.t, s.x
	if p.entries.head == nil && p.places() < p.cfg.Queue {
		p.accept(t, x)
		p.mayDrop(t, x)
		p.enqueue(t, x)
		p.admit()
		return goesOn
	}
	p.addEntry(t, x)
	p.admit()
	o := p.overflow(x)
	if x.entering && o == options.DropOldest {
		p.dropFor(t, x)
	}
	switch {
	case !x.entering && x.beyond:
		return waitsForEnd
	case !x.entering:
		return goesOn
	case o == options.DropOldest, o == options.Reject:
		p.removeEntry(t, x)
		p.refuse(s, named(p, ErrQueueFull))
		p.admit()
		return goesOn
	case s.fromTask:
		p.enterInside(t, x)
		return waitsForEnd
	}
	s.entered = make(chan bool, 1)
	x.rare().entered = s.entered
	return waitsToEnter
}

// enterInside hands a task the slot of its submitter, which is a task, too: it takes
// no place meanwhile.
func (p *Pool) enterInside(t *Task, x *Extra) {
	p.removeEntry(t, x)
	x.unplaced, x.taken = true, true
	if x.group != nil {
		x.group.join(t, x)
	}
	p.enqueue(t, x)
	p.admit()
}

// awaitChild waits for a task that its submitter runs, in effect. If that could never
// end, the task does not run.
func (p *Pool) awaitChild(ctx context.Context, t *Task) {
	err := Await(ctx, t)
	if err == nil {
		return
	}
	p.mu.Lock()
	switch x := t.extra(); {
	case !t.Pending():
	case isDeadlock(err):
		p.cancel(t, outcome.NeverRan(outcome.ErrDeadlock))
	case x.unplaced:
		// The task outlives its submitter, as a member of a group does. It waits for a
		// place from now on, like a Then.
		p.unqueue(t, x)
		p.leaveTurn(t, x)
		x.unplaced = false
		p.count.submitted++
		p.addEntry(t, x)
		p.admit()
	}
	p.unlock()
}

// addEntry makes t wait for a place.
func (p *Pool) addEntry(t *Task, x *Extra) {
	x.entering = true
	p.entries.push(t, x)
	if x.taken {
		p.late++
	}
	if x.common.Key == nil || p.takeTurn(t, x) {
		p.requeue(t, x)
	}
}

// entrantsOf returns where an entry waits for a slot. A Then has no submitter that could
// run it.
func (p *Pool) entrantsOf(x *Extra) int {
	if p.overflow(x) == options.CallerRuns && !x.taken {
		return 1
	}
	return 0
}

// removeEntry takes t out of the entries and of what it waits in, and lets its
// submitter go on.
func (p *Pool) removeEntry(t *Task, x *Extra) {
	p.unqueue(t, x)
	p.leaveTurn(t, x)
	p.unlistEntry(t, x)
}

func (p *Pool) unlistEntry(t *Task, x *Extra) {
	x.entering = false
	p.entries.remove(t, x)
	if x.taken {
		p.late--
	}
	if x.more != nil && x.more.entered != nil {
		x.more.entered <- x.beyond
		x.more.entered = nil
	}
}

// let makes an entry a task that was taken. It is in line still, or aside, if it is.
func (p *Pool) let(t *Task, x *Extra) {
	waits := x.at == ready
	if waits {
		p.entrants[p.entrantsOf(x)].Remove(&x.node.Item)
	}
	known := x.taken
	p.unlistEntry(t, x)
	if !known {
		p.accept(t, x)
	}
}

// place lets the first entry in if there is a place. It reports whether it did.
func (p *Pool) place() bool {
	t := p.entries.head
	if t == nil || p.phase.Load() == stopped || p.places() >= p.cfg.Queue {
		return false
	}
	x := t.extra()
	p.letPlace(t, x)
	return true
}

// letPlace lets t in at a place that is free.
func (p *Pool) letPlace(t *Task, x *Extra) {
	p.let(t, x)
	p.mayDrop(t, x)
	if x.at == ready {
		p.requeue(t, x)
	}
}

// entrant returns the first entry that waits for nothing but a slot, or nil. Blocked
// submitters are served in the order in which they came.
func (p *Pool) entrant() *Task {
	first, caller := p.entrants[0].First(), p.entrants[1].First()
	if first == nil || caller != nil && caller.Order < first.Order {
		first = caller
	}
	if first == nil {
		return nil
	}
	return first.Value
}

// goesBefore is the order in which tasks start, flows apart.
func goesBefore(a, b *Task) bool {
	if x, y := a.priority(), b.priority(); x != y {
		return x > y
	}
	return a.Order() < b.Order()
}

// startEntrant starts an entry in a free slot. It reports false if nothing behind it may
// start either.
func (p *Pool) startEntrant(t *Task) bool {
	x := t.extra()
	switch p.try(t, x) {
	case passed:
		p.let(t, x)
		p.start(t, x)
	case stop:
		p.blocked = true
		return false
	}
	return true
}

// startBeside starts entries that need no slot, and that nothing else is against.
func (p *Pool) startBeside() {
	for !p.blocked && p.entrants[1].Len() > 0 && !p.halted() {
		t := p.entrants[1].First().Value
		x := t.extra()
		switch p.try(t, x) {
		case passed:
			x.beyond = true // before let, which tells the submitter
			p.let(t, x)
			p.start(t, x)
		case stop:
			return
		}
	}
}

// arrive makes a task pending that has waited for its input, or its delay.
func (p *Pool) arrive(t *Task, x *Extra) {
	if p.cfg.Queue == options.Unbounded || x.unplaced {
		p.enqueue(t, x)
		p.noteAge(x)
		return
	}
	p.addEntry(t, x)
	p.admit()
	if !x.entering {
		return
	}
	switch p.overflow(x) {
	case options.DropOldest:
		if p.dropFor(t, x); !x.entering {
			return
		}
		fallthrough
	case options.Reject:
		p.cancel(t, outcome.NeverRan(named(p, ErrQueueFull)))
	default:
		p.closeCycles(t)
	}
}

// mayDrop notes that DropOldest may drop t.
func (p *Pool) mayDrop(t *Task, x *Extra) {
	if p.cfg.Overflow != options.DropOldest || x.unplaced {
		return
	}
	n := &x.rare().victim
	n.Value, n.Order = t, t.Order()
	p.victims.Push(n, ^x.common.Priority, nil) // a minus would leave the lowest one what it is
}

func (p *Pool) noVictim(x *Extra) {
	if x.more != nil && x.more.victim.Queued() {
		p.victims.Remove(&x.more.victim)
	}
}

// dropFor drops a task to make room for t, which takes that place: whoever waits for one
// would have it at the expense of two tasks.
func (p *Pool) dropFor(t *Task, x *Extra) {
	p.hold++
	if p.dropOne(x) && x.entering && p.places() < p.cfg.Queue {
		p.letPlace(t, x)
	}
	p.hold--
	p.admit()
}

// dropOne settles the oldest pending task of the lowest priority, to make room for
// one with x. It reports false if that is the new one itself.
func (p *Pool) dropOne(x *Extra) bool {
	v, ok := p.victims.Next(0, false)
	if p.cfg.Overflow != options.DropOldest {
		v = p.oldest()
		ok = v != nil
	}
	if !ok || v.extra().common.Priority > x.common.Priority {
		return false
	}
	p.cancel(v, outcome.NeverRan(named(p, ErrQueueFull)))
	return true
}

// oldest returns what DropOldest drops in a pool whose tasks do not expect it: it has
// to look at all of them.
func (p *Pool) oldest() (first *Task) {
	p.eachPending(func(t *Task) {
		x := t.extra()
		if x.unplaced || x.entering || x.at == deferred || x.at == delayed {
			return
		}
		if first == nil || before(t, first) {
			first = t
		}
	})
	return first
}

// before is the order in which DropOldest drops.
func before(a, b *Task) bool {
	if x, y := a.extra().common.Priority, b.extra().common.Priority; x != y {
		return x < y
	}
	return a.Order() < b.Order()
}

// refuseEntries refuses the tasks of blocked submitters; not Thens, which were taken
// long ago.
func (p *Pool) refuseEntries(why error) {
	p.dropEntries(func(x *Extra) bool { return !x.taken }, func(t *Task, x *Extra) {
		g := x.group
		x.group = nil
		p.refuse(&submission{t: t, x: x, g: g}, why)
	})
}

// dropEntries takes out the entries that match and calls drop with each. That may take
// out others, so it begins again after each.
func (p *Pool) dropEntries(match func(*Extra) bool, drop func(*Task, *Extra)) {
	p.hold++
	for t := p.entries.head; t != nil; {
		x := t.extra()
		if !match(x) {
			t = t.next
			continue
		}
		p.removeEntry(t, x)
		drop(t, x)
		t = p.entries.head
	}
	p.hold--
}

// cancelEntries settles those that wait for a place as members of g.
func (p *Pool) cancelEntries(g *Group, reason error) {
	p.dropEntries(func(x *Extra) bool { return !x.taken && x.group.within(g) }, func(t *Task, x *Extra) {
		inner := x.group
		x.group = nil
		p.lose(&submission{t: t, x: x, g: inner}, outcome.NeverRan(reason))
	})
}

// NeedsExtra says that every task of the pool may have to wait for a place, and so needs
// an Extra.
func (p *Pool) NeedsExtra() bool { return p.cfg.Queue != options.Unbounded }
