package sched

import (
	"iter"
	"slices"
	"sync"
)

// acrossPools serializes the searches for cycles through several pools. Such a search keeps the lock of
// each pool to which it comes until its verdict is carried out. So all that it has seen holds at one
// instant: if it gave up a lock earlier, a task could leave its wait, and another one begin to wait, and it
// would see a cycle that never was.
//
// Nothing else takes the lock of a pool while it holds another one's, and nothing takes acrossPools while
// it holds one: so a search may take the locks in any order.
//
// Of several waits that close a cycle at the same time the last to search finds it: a wait begins in
// the section in which its search has found none.
var acrossPools sync.Mutex

// lockAcross takes the lock of p for a search through all pools.
func (p *Pool) lockAcross() *graph {
	acrossPools.Lock()
	p.mu.Lock()
	g := p.graph()
	g.wide = true
	return g
}

// unlockOthers ends the search. The caller keeps the lock of the pool where it began.
func (g *graph) unlockOthers() {
	for at := g.next; at != nil; at = at.next {
		at.pool.mu.Unlock()
	}
	acrossPools.Unlock()
}

// closesAcrossPools reports whether w, which is about to begin, closes a cycle through several pools.
// It releases the lock of the pool, and takes it again.
func (w *Wait) closesAcrossPools() bool {
	p := w.worker.pool
	p.mu.Unlock()
	g := p.lockAcross()
	defer g.unlockOthers()
	return w.alive() && g.neverEnds(w)
}

// goOn is called when w has begun though it could never end. Its task waits on, whatever it is told:
// so it is the other waits in the same cycles that end, or, if there are only such that go on as well,
// that are told to cancel what they wait for.
func (w *Wait) goOn() {
	p := w.worker.pool
	g := p.lockAcross()
	if w.blocked() {
		g.endCycles(w, slices.Collect(w.open()), w.task)
	}
	g.unlockOthers()
	p.unlock()
}

// endCyclesOf ends the cycles through several pools that t, a task of p, closes by waiting for its turn
// or its input.
func (p *Pool) endCyclesOf(t *Task) {
	g := p.lockAcross()
	if t.Pending() {
		g.endCycles(nil, slices.Collect(only(t.heldBackBy())), t)
	}
	g.unlockOthers()
	p.unlock()
}

// endCycles tells waits in the cycles that to closes by waiting for on, until none is left. Of those for
// a group, which go on, all are told, and only if the others do not do. It does not tell w.
func (g *graph) endCycles(w *Wait, on []*Task, to *Task) {
	closed := func() bool {
		return slices.ContainsFunc(on, func(t *Task) bool { return g.reaches(t, to) })
	}
	for _, ofGroup := range [...]bool{false, true} {
		if !closed() { // it also comes to the pools of the cycles
			return
		}
		for at := range g.waits() {
			if at == w || (at.group != nil) != ofGroup || !at.mayBeTold() {
				continue
			}
			if !closed() {
				return
			}
			if g.reaches(to, at.task) && g.neverEnds(at) {
				at.doom()
			}
		}
	}
}

// waits yields the waits of the pools to which the search has come.
func (g *graph) waits() iter.Seq[*Wait] {
	return func(yield func(*Wait) bool) {
		for at := g; at != nil; at = at.next {
			for _, wk := range at.pool.workers.all {
				for w := wk.waits; w != nil; w = w.next {
					if !yield(w) {
						return
					}
				}
			}
		}
	}
}
