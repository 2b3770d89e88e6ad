package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
)

// dropOldest and its like are short for the ways of package options.
const (
	dropOldest = options.DropOldest
	callerRuns = options.CallerRuns
)

// An entry is a task that waits for a place in the queue: its submitter is
// blocked, or, if it is a Then, nobody is. It is not pending yet: it has no state
// in the queue that would have to be cancelled, and is not counted, but for a
// Then, which is still deferred.
type entry struct {
	next, prev *entry
	t          *Task
	g          *Group
	done       <-chan struct{} // of the task's context
	gone       bool            // served, refused or given up
	ch         chan struct{}   // closed when it is gone; nil: nobody waits
}

// An entryList links entries in order of arrival.
type entryList struct{ head, tail *entry }

func (l *entryList) push(e *entry) {
	e.prev = l.tail
	if l.tail != nil {
		l.tail.next = e
	} else {
		l.head = e
	}
	l.tail = e
}

func (l *entryList) remove(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.head = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.tail = e.prev
	}
	e.next, e.prev = nil, nil
	e.gone = true
	if e.ch != nil {
		close(e.ch)
	}
}

// fullLocked reports whether more tasks are pending than there are places.
func (p *Pool) fullLocked() bool {
	return p.cfg.Queue != options.Unbounded && p.queued > p.cfg.Queue
}

// placeLocked makes t pending, or starts it, if there is a place in the queue or
// it needs none. If it reports false it has changed nothing.
//
// It looks whether the task starts before it looks for a place, so that a queue
// of no places at all lets through what can start at once.
func (p *Pool) placeLocked(t *Task) bool {
	p.enqueueLocked(t)
	if !p.fullLocked() {
		return true
	}
	p.hold++
	p.fillLocked()
	p.hold--
	if t.status != queued || !p.fullLocked() {
		return true
	}
	p.unlineLocked(t)
	p.unplaceLocked(t)
	t.status = fresh
	p.passTurnLocked(t)
	return false
}

// serveLocked lets those in who wait for a place, in order. It reports whether
// anybody came in.
func (p *Pool) serveLocked() (served bool) {
	for e := p.entries.head; e != nil && p.phase.Load() != stopped && p.enterLocked(e); e = p.entries.head {
		served = true
	}
	return served
}

// enterLocked tries to let e in.
func (p *Pool) enterLocked(e *entry) bool {
	if p.queued >= p.cfg.Queue && p.busy >= p.slots && p.cfg.Overflow != callerRuns {
		return false // the usual case, told cheaply
	}
	t := e.t
	if t.status == deferred {
		p.deferred.remove(t)
		if !p.placeLocked(t) {
			t.status = deferred
			p.deferred.push(t)
			return false
		}
		t.more.entry = nil
		p.entries.remove(e)
		return true
	}
	if e.g != nil && !p.joinLocked(t, e.g) {
		p.entries.remove(e)
		return true
	}
	if p.placeLocked(t) || p.cfg.Overflow == callerRuns && p.runBesideLocked(t) {
		p.count.submitted++
		p.entries.remove(e)
		if t.pendingLocked() {
			p.keepLocked(t, e.g, e.done)
		}
		return true
	}
	e.g.unjoinLocked(t)
	return false
}

// runBesideLocked starts a task that is not pending without a slot, if nothing
// else is against it.
func (p *Pool) runBesideLocked(t *Task) bool {
	if p.weights != nil && p.queue.head() != nil && p.busy < p.slots {
		return false // the head of the queue waits for weight, and holds back those behind it
	}
	if t.key() != nil && !p.turnLocked(t) {
		p.unturnLocked(t)
		return false
	}
	if t.fullGroupLocked() != nil || !p.takeNeedsLocked(t) {
		p.passTurnLocked(t)
		return false
	}
	t.beyond = true
	p.startLocked(t)
	return true
}

// dropOneLocked settles the pending task that DropOldest is to drop for t. It
// reports false if that is t itself.
func (p *Pool) dropOneLocked(t *Task) bool {
	victim := p.queue.fifo.head
	if len(p.victims.tasks) > 0 {
		if v := p.victims.tasks[0]; victim == nil || dropsBefore(v, victim) {
			victim = v
		}
	}
	if victim == nil || victim.priority() > t.priority() {
		return false
	}
	p.cancelLocked(victim, cell.NeverRan(ErrQueueFull))
	return true
}

// dropsBefore is the order in which DropOldest drops: the oldest of the lowest
// priority first.
func dropsBefore(a, b *Task) bool {
	if x, y := a.priority(), b.priority(); x != y {
		return x < y
	}
	return a.seq < b.seq
}

// overflowLocked deals with a task that found no place and is a member of g
// already. It returns what the submitter has to wait for: an entry, or the end of
// the task, or nothing.
func (p *Pool) overflowLocked(t *Task, g *Group, done <-chan struct{}, inside bool) (e *entry, theEnd bool) {
	switch o := p.cfg.Overflow; {
	case o == dropOldest && p.dropOneLocked(t) && p.placeLocked(t):
		p.count.submitted++
		p.admitLocked()
		return nil, false
	case o == dropOldest, o == options.Reject:
		g.unjoinLocked(t)
		p.refuseLocked(t, g, ErrQueueFull)
		return nil, false
	case o == callerRuns && p.runBesideLocked(t):
		p.count.submitted++
		return nil, true
	case inside:
		t.unplaced = true // it is handed the submitter's slot, and takes no place meanwhile
		p.enqueueLocked(t)
		p.admitLocked()
		return nil, true
	}
	g.unjoinLocked(t)
	e = &entry{t: t, g: g, done: done, ch: make(chan struct{})}
	p.entries.push(e)
	return e, p.cfg.Overflow == callerRuns
}

// waitForPlace blocks until e is gone or ctx has ended.
func (p *Pool) waitForPlace(ctx context.Context, e *entry) {
	select {
	case <-e.ch:
	case <-ctx.Done():
		p.mu.Lock()
		if !e.gone {
			p.entries.remove(e)
			p.count.submitted++
			p.cancelLocked(e.t, p.lapsedErrorLocked(ctx))
			e.g.lostLocked(e.t)
		}
		p.unlock()
	}
}

// refuseEntriesLocked refuses those who wait for a place; not Thens, which were
// taken long ago.
func (p *Pool) refuseEntriesLocked(why error) {
	p.dropEntriesLocked(func(e *entry) bool { return e.t.status == fresh }, func(e *entry) {
		p.refuseLocked(e.t, e.g, why)
	})
}

// dropEntriesLocked takes the entries that match out of the list, and calls drop
// with each. That may take out others, so it begins again after each.
func (p *Pool) dropEntriesLocked(match func(*entry) bool, drop func(*entry)) {
	p.hold++
	for e := p.entries.head; e != nil; {
		if !match(e) {
			e = e.next
			continue
		}
		p.entries.remove(e)
		drop(e)
		e = p.entries.head
	}
	p.hold--
}

// enterLaterLocked makes a Then pending whose input has settled.
func (p *Pool) enterLaterLocked(t *Task) {
	if p.entries.head == nil && p.placeLocked(t) {
		return
	}
	switch p.cfg.Overflow {
	case dropOldest:
		if p.dropOneLocked(t) && p.placeLocked(t) {
			return
		}
		fallthrough
	case options.Reject:
		p.cancelLocked(t, cell.NeverRan(ErrQueueFull))
	default:
		t.status = deferred
		p.deferred.push(t)
		t.more.entry = &entry{t: t}
		p.entries.push(t.more.entry)
		p.closeCyclesLocked(t, p.beforeThenLocked(t))
	}
}

// cancelEntriesLocked settles those who wait for a place as members of g.
func (p *Pool) cancelEntriesLocked(g *Group, reason error) {
	p.dropEntriesLocked(func(e *entry) bool { return e.g.within(g) }, func(e *entry) {
		p.count.submitted++
		p.cancelLocked(e.t, cell.NeverRan(reason))
		e.g.lostLocked(e.t)
	})
}

// within reports whether g is outer, or inside of it.
func (g *Group) within(outer *Group) bool {
	for ; g != nil; g = g.outer {
		if g == outer {
			return true
		}
	}
	return false
}
