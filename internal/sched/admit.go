package sched

import "math"

// admitLocked is where it is decided which task starts. A free slot goes
//
//  1. to the tasks whose waits are over and that have lent theirs, in that order;
//  2. to the queue: by priority, then in order of submission.
//
// A task starts if
//
//   - its key has no other task that started or came before it (key.go);
//   - each of its groups has room (limit.go);
//   - its weight fits into what is left of the pool's maximum;
//   - there is a worker that has been prepared, if workers are (init.go).
//
// One that waits for its key or for a group is put aside and holds back nobody.
// One that waits for weight holds back all behind it: otherwise light tasks,
// which always fit, could keep a heavy one waiting for ever.
//
// What starts beside these rules of order, but under the same conditions: a slot
// that is lent goes to the members of the wait first (lend.go), and CallerRuns
// needs no slot (overflow.go).
func (p *Pool) admitLocked() {
	if p.hold > 0 {
		return
	}
	p.hold++ // what is done on the way ends here again
	for again := true; again; {
		p.fillLocked()
		again = p.serveLocked()
	}
	p.hold--
	if wants := p.wantsLocked(); wants != p.wants.Load() {
		p.wants.Store(wants)
	}
}

// wantsLocked returns what Pool.wants is to be.
func (p *Pool) wantsLocked() uint64 {
	switch t := p.queue.head(); {
	case len(p.returning) > 0 || p.phase.Load() != open:
		return wanting(math.MaxInt64) // hands have to look at the phase, too
	case t != nil:
		return wanting(int64(t.priority()))
	case p.entries.head != nil:
		return wanting(int64(p.entries.head.t.priority()))
	}
	return nobody
}

// nobody is what Pool.wants is while nothing waits for a slot.
const nobody = 0

// wanting is a priority as Pool.wants has it: in the same order, and never nobody.
func wanting(priority int64) uint64 { return max(uint64(priority)^1<<63, nobody+1) }

func (p *Pool) fillLocked() {
	for p.busy < p.slots {
		p.recallAllLocked()
		switch waits, resumed := p.resumeFirstLocked(); {
		case resumed:
			continue
		case waits:
			return
		}
		t := p.queue.head()
		switch {
		case t == nil || p.phase.Load() == stopped:
			return
		case t.lapsedLocked():
			p.lapseLocked(t)
		case t.more != nil && p.groupLapsedLocked(t):
		case t.fullGroupLocked() != nil:
			p.stallLocked(t)
		case !p.takeNeedsLocked(t):
			return
		default:
			p.queue.remove(t)
			p.startLocked(t)
		}
	}
}

// groupLapsedLocked settles a pending task if the context of one of its groups
// has ended.
func (p *Pool) groupLapsedLocked(t *Task) bool {
	err := p.groupEndLocked(t.more.group)
	if err != nil {
		p.cancelLocked(t, err)
	}
	return err != nil
}

// tryStartLocked starts a pending task out of turn, if there is a slot and
// nothing but its place in the queue is against it. It reports whether it did.
func (p *Pool) tryStartLocked(t *Task) bool {
	if p.busy >= p.slots || t.waitsLocked() || t.fullGroupLocked() != nil || !p.takeNeedsLocked(t) {
		return false
	}
	p.unlineLocked(t)
	p.startLocked(t)
	return true
}

// waitsLocked reports whether a queued task waits for its key.
func (t *Task) waitsLocked() bool { return t.more != nil && t.more.waitsTurn }

// startLocked starts a task that has passed all conditions and is in no line any
// more: from here on its function will be called.
func (p *Pool) startLocked(t *Task) {
	if t.status == queued {
		p.unplaceLocked(t)
	}
	p.unwatchLocked(t)
	t.status = running
	if t.beyond {
		p.beyond++
	} else {
		p.busy++
	}
	if p.cfg.Init != nil {
		p.prepared--
	}
	if t.more != nil {
		if t.more.hand != nil {
			p.hands++
		}
		if g := t.more.group; g != nil {
			g.startedLocked(t)
		}
	}
	p.picks.push(t)
}

// takeNeedsLocked takes what t needs beside a slot; it reports false, and has
// taken nothing, if that is not there.
func (p *Pool) takeNeedsLocked(t *Task) bool {
	if !p.takeWeightLocked(t) {
		return false
	}
	if !p.workerLocked() {
		p.giveWeightLocked(t)
		return false
	}
	return true
}

// takeWeightLocked takes what t weighs; it reports false if that does not fit.
func (p *Pool) takeWeightLocked(t *Task) bool {
	if p.weights == nil {
		return true
	}
	n := t.weight()
	if !p.weights.TryAcquire(n) {
		return false
	}
	p.weight += n
	return true
}

func (p *Pool) giveWeightLocked(t *Task) {
	if p.weights != nil {
		n := t.weight()
		p.weights.Release(n)
		p.weight -= n
	}
}

// enqueueLocked makes t pending.
func (p *Pool) enqueueLocked(t *Task) {
	if t.more != nil && (t.more.Priority > 0 || t.more.late) {
		p.recallAllLocked() // it goes before those that are claimed
	}
	t.status = queued
	if t.unplaced {
		p.unplaced++
	} else {
		p.queued++
	}
	if p.cfg.Overflow == dropOldest && t.more != nil && !t.unplaced {
		p.victims.push(t)
	}
	if t.key() == nil || p.turnLocked(t) {
		p.queue.push(t)
	}
}

// unlineLocked takes t out of the line it waits in.
func (p *Pool) unlineLocked(t *Task) {
	switch m := t.more; {
	case m == nil:
		p.queue.fifo.remove(t)
	case m.waitsTurn:
		p.unturnLocked(t)
	case m.stalled != nil:
		m.stalled.stalled.remove(t)
		m.stalled.restLocked()
		m.stalled = nil
	default:
		p.queue.remove(t)
	}
}

// unplaceLocked gives back the place that t takes in the queue.
func (p *Pool) unplaceLocked(t *Task) {
	if t.unplaced {
		p.unplaced--
		if !t.isHand() {
			p.count.submitted++
		}
		return
	}
	p.queued--
	if p.cfg.Overflow == dropOldest {
		p.victims.remove(t)
	}
}
