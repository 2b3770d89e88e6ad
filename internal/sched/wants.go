package sched

import "math"

// Pool.wants tells the runners of maps, without the lock, of what priority the tasks are that
// wait for a slot.

// nobody is what Pool.wants is while nothing waits for a slot.
const nobody = 0

// wanting encodes a priority for Pool.wants: in the same order, and never nobody.
func wanting(priority int) uint64 { return max(uint64(priority)^1<<63, nobody+1) }

// want raises Pool.wants: a task of this priority waits for a slot.
func (p *Pool) want(priority int) {
	if w := wanting(priority); p.wants.Load() < w {
		p.wants.Store(w)
	}
}

// updateWants stores the highest priority that waits for a slot in Pool.wants, where runners
// of maps look at it. Without runners admitAll does not call it: the section that starts the
// first of them stores it.
func (p *Pool) updateWants() {
	w, shrunk := uint64(nobody), p.slots.active > p.slots.n
	if shrunk != p.shrunk.Load() {
		p.shrunk.Store(shrunk)
	}
	switch {
	case shrunk || p.returning() > 0 || p.paused.Load() || p.phase.Load() != open:
		w = math.MaxUint64 // runners have to look at the phase, too
	case p.vacant() && p.crowded == 0:
	default:
		priority, some := p.ready.Priority(p.head() != nil && p.fifo.Len() > 0)
		switch {
		case some:
			w = wanting(priority)
		case p.entries.Len() > 0:
			w = wanting(p.entries.First().Value.priority())
		case p.crowded > 0:
			w = wanting(math.MinInt) // runners look at their groups
		}
	}
	if w != p.wants.Load() {
		p.wants.Store(w)
	}
}
