package sched

import (
	"slices"

	"github.com/millrace-go/millrace/internal/cell"
)

// # Lending
//
// A task that blocks for tasks of its own pool gives its slot away while it
// waits. By that no wait can deadlock the pool: a task that is blocked either
// lends its slot, or waits for tasks that all hold one, and follow that chain
// and there is one that runs.
//
//	holds its slot  --begins a wait for a pending or lending member-->  lends
//	holds its slot  --a member it waits for begins to lend---------->  lends
//	lends           --its wait is over, and a slot is free------->  holds one
//
// One that comes back does so before the queue. It is put in line by who settles the
// last member, in the same locked section, so that the slot of the member goes to
// the waiter directly. A wait that its context ended returns without the slot: the
// task then runs on a debt, is still counted as lending, and the debt is met when a
// slot comes free.
//
// If several goroutines of a task wait, the slot stays lent until the last of
// them is through. With the slot go the task's weight and its places in groups.

// lendLocked frees the slot of t, and of those who waited for t with theirs in
// hand; members get them first, then the queue.
func (p *Pool) lendLocked(t *Task) {
	p.lendOneLocked(t)
	var others []*Task
	for at := t; at != nil; {
		keeps := func(w *Wait) {
			if k := w.task; w.active && !k.lent && k.activeLocked() {
				p.lendOneLocked(k)
				others = append(others, k)
			}
		}
		for l := at.links; l != nil; l = l.next {
			keeps(l.wait)
		}
		for g := at.group(); g != nil; g = g.outer {
			for _, w := range g.waits {
				keeps(w)
			}
		}
		p.offerWaitsLocked(at)
		at = nil
		if n := len(others); n > 0 {
			at, others = others[n-1], others[:n-1]
		}
	}
	p.admitLocked()
}

func (p *Pool) lendOneLocked(t *Task) {
	p.haltLocked(t)
	t.lent = true
	p.lending++
}

// offerWaitsLocked offers a slot to what t waits for.
func (p *Pool) offerWaitsLocked(t *Task) {
	for w := t.run.Load().waits; w != nil; w = w.next {
		p.offerLocked(w)
	}
}

// offerLocked gives a free slot to the first pending member of w, or to what
// has to run before it.
func (p *Pool) offerLocked(w *Wait) {
	for w.active && p.busy < p.slots && p.hold == 0 && p.phase.Load() != stopped {
		t := p.runnableLocked(w)
		if t == nil {
			return
		}
		if !t.lapsedLocked() {
			p.tryStartLocked(t)
			return
		}
		p.lapseLocked(t)
	}
}

// offerAllLocked offers a slot that has come free to the waits whose member it
// was; but first to tasks whose waits are over: one of them may have waited for the
// same member.
func (p *Pool) offerAllLocked() {
	for len(p.offers) > 0 && p.busy < p.slots && p.hold == 0 {
		if _, resumed := p.resumeFirstLocked(); !resumed {
			break
		}
	}
	for i := 0; i < len(p.offers); i++ {
		p.offerLocked(p.offers[i])
	}
	clear(p.offers)
	p.offers = p.offers[:0]
}

// maxChase bounds the search for what has to run before a member: it is a
// matter of order only, the queue gets everywhere in the end.
const maxChase = 64

// runnableLocked returns the queued task that w waits for, through others if
// need be.
func (p *Pool) runnableLocked(w *Wait) *Task {
	t := w.firstLocked()
	for range maxChase {
		if t == nil || t.pool != p {
			return nil
		}
		p.fetchLocked(t)
		switch {
		case t.waitsLocked():
			t = p.turnOf(t)
		case t.status == queued:
			return t
		case t.status == deferred:
			t = t.inputTask()
		case t.lent && t.run.Load().waits != nil:
			t = t.run.Load().waits.firstLocked()
		default:
			return nil
		}
	}
	return nil
}

// satisfyLocked tells the waits for t, which has settled, and puts in line for a slot
// those that are over. The others are noted in Pool.offers.
func (p *Pool) satisfyLocked(t *Task, state cell.State) {
	for t.links != nil {
		w := t.links.wait
		t.links.detachLocked()
		w.left--
		switch {
		case !w.active:
		case w.left > 0 && !w.until.hits(state):
			if w.task.lent {
				p.offers = append(p.offers, w)
			}
		case w.until == Single:
			w.finishLocked()
		case w.aloneLocked():
			p.toReturningLocked(w.task)
		}
	}
}

// finishLocked takes a wait for one task apart and lets its goroutine go on: at
// once, or when its task has a slot again.
func (w *Wait) finishLocked() {
	w.over = true
	w.leaveLocked()
	if !w.owesLocked() {
		w.unwatchLocked()
		w.pokeLocked(true)
		return
	}
	w.ctx.grant = w
	w.pool.toReturningLocked(w.task)
}

// toReturningLocked puts t, which lends, in line for a slot.
func (p *Pool) toReturningLocked(t *Task) {
	if t.lent && !t.comesBack {
		t.comesBack = true
		p.returning = append(p.returning, t)
	}
}

// offReturningLocked takes t out of the line and lets those go on who wait there.
func (p *Pool) offReturningLocked(t *Task) {
	if t.comesBack {
		t.comesBack = false
		i := slices.Index(p.returning, t)
		p.returning = slices.Delete(p.returning, i, i+1)
	}
	if c := t.run.Load(); c != nil && c.grant != nil {
		w := c.grant
		c.grant = nil
		w.unwatchLocked()
		w.pokeLocked(w.until == Single)
	}
}

// nextReturnLocked returns the first task that waits for its slot and whose
// groups have room.
func (p *Pool) nextReturnLocked() *Task {
	for _, t := range p.returning {
		if t.fullGroupLocked() == nil {
			return t
		}
	}
	return nil
}

// resumeFirstLocked gives a free slot back to the first task that waits for it. It
// reports whether one does, and whether it has its slot: not if its weight does not fit.
func (p *Pool) resumeFirstLocked() (waits, resumed bool) {
	t := p.nextReturnLocked()
	if t == nil {
		return false, false
	}
	if !p.takeWeightLocked(t) {
		return true, false
	}
	p.resumeLocked(t)
	return true, true
}

// resumeLocked gives t a free slot back. Its weight has been taken.
func (p *Pool) resumeLocked(t *Task) {
	p.lending--
	t.lent = false
	if t.beyond {
		p.beyond++
	} else {
		p.busy++
	}
	t.group().enterLocked()
	p.offReturningLocked(t)
}
