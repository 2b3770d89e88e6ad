package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A pool with a bounded queue takes a task if there is a place, or if the task can
// start at once. Every task that finds the queue full becomes an entry, a task that waits
// for a place, before the overflow policy decides what its submitter does. So all
// entries have one order, also where they wait for the turn of their key. The pool takes
//
//	the first entry, whatever else it waits for   when a place is free
//	the first entry that could start              when a slot is free
//	an entry of CallerRuns                        also without a slot
//
// For its future an entry is pending. For its pool it is not there yet: it is neither
// counted nor a member of its group. The exception are the late entries: a Then, for
// example, was counted when it was submitted.

// places returns how many tasks take a place in the queue.
func (p *Pool) places() int {
	c := &p.count
	began := p.slots.running() + p.slots.waiting() - p.workers.runners
	return int(c.Submitted-c.Succeeded-c.Failed-c.Cancelled) - began - p.waitsBefore()
}

// waitsBefore returns how many pending tasks are not in the queue yet.
func (p *Pool) waitsBefore() int { return p.deferred.Len() + p.delayed + p.late }

// overflow returns what becomes of a task that finds the queue full.
func (p *Pool) overflow(x *Extra) options.Overflow {
	if o := x.opts.Overflow; o != nil {
		return *o
	}
	return p.cfg.Overflow
}

// enter is the submission of a task to a pool with a bounded queue.
func (p *Pool) enter(s *submission) afterSubmit {
	t, x := s.t, s.x
	if p.places() < p.cfg.Queue { // so nothing waits for one
		p.accept(x)
		p.mayDrop(t, x)
		p.enqueue(t, x)
		return goesOn
	}
	switch entered, reject := p.tryEnter(t, x); {
	case entered && x.beyond:
		return waitsForEnd
	case entered:
		return goesOn
	case reject:
		p.removeEntry(t, x)
		p.refuse(t, x, t.named(p, ErrQueueFull))
		return goesOn
	case s.own:
		p.enterInside(t, x)
		return waitsForEnd
	}
	s.entered = make(chan bool, 1)
	x.rare().entered = s.entered
	return waitsToEnter
}

// tryEnter makes t an entry, and reports whether the pool has taken it, at once or in place of
// a task that it has dropped, and whether t is to be refused if not.
func (p *Pool) tryEnter(t *Task, x *Extra) (entered, reject bool) {
	p.addEntry(t, x)
	p.admit()
	o := p.overflow(x)
	if x.entering && o == options.DropOldest {
		p.dropFor(t, x)
	}
	return !x.entering, o == options.DropOldest || o == options.Reject
}

// enterInside takes a task whose submitter is a task of the pool, too. The submitter
// lends its slot to it and waits, so the new task needs no place.
func (p *Pool) enterInside(t *Task, x *Extra) {
	p.removeEntry(t, x)
	x.unplaced = true
	p.accept(x)
	p.enqueue(t, x)
}

// awaitChild waits for a task that got the slot of its submitter. If that wait could
// never end, the task is cancelled.
func (p *Pool) awaitChild(ctx context.Context, t *Task) {
	err := Await(ctx, t)
	if err == nil {
		return
	}
	dead := isDeadlock(err) // asks the context for its cause, which is foreign code
	p.mu.Lock()
	switch x := t.extra(); {
	case !t.Pending():
	case dead:
		p.cancel(t, outcome.NeverRan(err))
	case x.unplaced:
		// The submitter's context has ended, and the task, a member of a group, outlives
		// it. From now on it waits for a place, like a Then.
		p.unqueue(t, x)
		p.leaveTurn(t, x)
		x.unplaced = false
		p.count.Submitted++
		p.addEntry(t, x)
	}
	p.unlock()
}

// addEntry makes t wait for a place.
func (p *Pool) addEntry(t *Task, x *Extra) {
	x.entering = true
	p.arrivals++
	at := &x.rare().place
	at.Value, at.Order = t, p.arrivals
	p.entries.Push(&at.Item)
	if x.taken {
		p.late++
	} else if x.group != nil {
		x.group.block(x)
	}
	p.enqueue(t, x)
}

// entrantsOf returns the index in Pool.entrants where an entry waits for a slot. A Then
// has no submitter that could run it.
func (p *Pool) entrantsOf(x *Extra) int {
	if p.overflow(x) == options.CallerRuns && !x.taken {
		return 1
	}
	return 0
}

// removeEntry removes t from the entries and from wherever it waits, and unblocks its
// submitter.
func (p *Pool) removeEntry(t *Task, x *Extra) {
	p.unqueue(t, x)
	p.leaveTurn(t, x)
	p.unlistEntry(t, x)
}

func (p *Pool) unlistEntry(t *Task, x *Extra) {
	x.entering = false
	p.entries.Remove(&x.more.place.Item)
	if x.taken {
		p.late--
	} else if x.group != nil {
		x.group.unblock(x)
	}
	if x.more.entered != nil {
		x.more.entered <- x.beyond
		x.more.entered = nil
	}
}

// takeEntry makes the pool take an entry. An entry that waits for its key or its group
// goes on waiting there.
func (p *Pool) takeEntry(t *Task, x *Extra) {
	if x.stage == ready {
		p.entrants[p.entrantsOf(x)].Remove(&x.node.Item)
	}
	p.unlistEntry(t, x)
	if !x.taken {
		p.accept(x)
	}
}

// enterFirst lets the first entry in if there is a place. It reports whether it did.
func (p *Pool) enterFirst() bool {
	if p.entries.Len() == 0 || p.phase.Load() == stopped || p.places() >= p.cfg.Queue {
		return false
	}
	t := p.entries.First().Value
	p.takeEntryAtPlace(t, t.extra())
	return true
}

// takeEntryAtPlace makes t take a free place of the queue.
func (p *Pool) takeEntryAtPlace(t *Task, x *Extra) {
	p.takeEntry(t, x)
	p.mayDrop(t, x)
	if x.stage == ready {
		p.requeue(t, x)
	}
}

// entrant returns the first entry that waits for nothing but a slot, or nil. Entries
// are served in order of submission, whatever their priorities.
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

// goesBefore reports whether an entry starts before t, which is the next of the queue. If
// they are of different flows it is the turn of t, and the entry waits for a place. But t may take
// none, as the runner of a map: then there may never be a place, and the first to come starts.
func goesBefore(entry, t *Task) bool {
	x, y := entry.extra(), t.extra()
	if a, b := x.priority(), y.priority(); a != b {
		return a > b
	}
	return (x.flow() == y.flow() || y.unplaced) && entry.Order() < t.Order()
}

// tookEntry is took for an entry, which starts in a slot or beside the slots.
func (p *Pool) tookEntry(t *Task, x *Extra, beside bool) {
	x.beyond = beside // before takeEntry, which tells the submitter
	p.takeEntry(t, x)
	if !beside && p.takesTurns() { // its flow has its turn
		p.ready.Push(&x.node, x.priority(), x.flow()) // not requeue: in fifo it need not be the first
		p.ready.Took(&x.node)
	}
}

// startBeside starts entries of CallerRuns, which need no slot, if all gates let them
// pass.
func (p *Pool) startBeside() {
	for !p.blocked && p.entrants[1].Len() > 0 && !p.suspended() {
		p.startFirst(p.entrants[1].First().Value, true)
	}
}

// arrive puts a task into the queue that has waited for its input or its delay.
func (p *Pool) arrive(t *Task, x *Extra) {
	if p.cfg.Queue == options.Unbounded || x.unplaced {
		p.enqueue(t, x)
		return
	}
	if entered, reject := p.tryEnter(t, x); !entered && reject {
		p.cancel(t, outcome.NeverRan(t.named(p, ErrQueueFull)))
	}
}

// mayDrop notes that DropOldest may drop t.
func (p *Pool) mayDrop(t *Task, x *Extra) {
	if !p.drops || x.unplaced {
		return
	}
	n := &x.rare().place
	n.Value, n.Order = t, t.Order()
	p.victims.Push(n, ^x.common.Priority, nil) // not -Priority: -math.MinInt is math.MinInt
}

func (p *Pool) noVictim(x *Extra) {
	if x.more != nil {
		p.victims.Remove(&x.more.place)
	}
}

// dropFor drops a task to make room for t, and gives t that place before another entry
// can take it: otherwise one more task would have to be dropped.
func (p *Pool) dropFor(t *Task, x *Extra) {
	if p.dropOne(x) && x.entering && p.places() < p.cfg.Queue {
		p.takeEntryAtPlace(t, x)
	}
}

// dropOne settles the oldest pending task of the lowest priority, to make room for
// one with x. It reports false if that is the new one itself.
func (p *Pool) dropOne(x *Extra) bool {
	if !p.drops {
		p.drops = true // it is an option of the task, and not of the pool
		p.eachPending(func(t *Task) {
			if y := t.extra(); y.inQueue() {
				p.mayDrop(t, y)
			}
		})
	}
	v, ok := p.victims.Next(0, false)
	if !ok || v.extra().common.Priority > x.common.Priority {
		return false
	}
	p.cancel(v, outcome.NeverRan(v.named(p, ErrQueueFull)))
	return true
}

// refuseBlocked refuses the tasks of blocked submitters. The other entries were taken when they
// were submitted.
func (p *Pool) refuseBlocked(why error) {
	var blocked []*Task
	p.entries.Each(func(t *Task) {
		if !t.extra().taken {
			blocked = append(blocked, t)
		}
	})
	for _, t := range blocked {
		if t.Pending() {
			p.removeEntry(t, t.extra())
			p.refuse(t, t.extra(), why)
		}
	}
}

// cancelBlocked settles the tasks of blocked submitters that would become members of groups.
func cancelBlocked(groups []*Group, reason error) {
	for _, g := range groups {
		for x := g.blocked.First(); x != nil; x = g.blocked.First() {
			g.pool.cancel(x.node.Value, outcome.NeverRan(reason))
		}
	}
}
