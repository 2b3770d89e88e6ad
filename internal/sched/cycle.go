package sched

import (
	"cmp"
	"iter"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitgraph"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A wait that could never end is refused. A task waits for
//
//	the task that has the turn of its key   while it waits for the turn, or for its delay
//	its input                               a Then
//	what its goroutines are blocked in      one task; or all members of a set or a group; a permit
//	what tasks keep that wait for permits   if it needs that, see shortages
//
// and the wait of task A for task B closes a cycle if B reaches A along these. A wait
// that any one of several members can end counts if all of them reach A. The search is
// bounded: a wait in a longer cycle blocks until its context ends.

// reaches reports whether from waits for to, through tasks of p, or for a task that waits for
// itself, and whether the search has come to a wait for a task of another pool.
func (p *Pool) reaches(from, to *Task) (found, foreign bool) {
	if from != to && p.goesOn(from) { // the usual case, without a graph
		return false, false
	}
	g := p.graph()
	return waitgraph.Reaches(g, from, to), g.foreign
}

// reaches is Pool.reaches for a search that goes on in the same graph.
func (g *graph) reaches(from, to *Task) bool {
	return (from == to || !g.pool.goesOn(from)) && waitgraph.Reaches(g, from, to)
}

// goesOn reports whether t is a task of p and no other task has to settle before it can go on.
func (p *Pool) goesOn(t *Task) bool {
	switch {
	case t.pool() != p || len(p.acquires) > 0:
		return false
	case t.Pending():
		return t.PlainAndPending()
	default:
		return t.worker == nil || t.worker.waits == nil
	}
}

// graph is the waitgraph.Graph of the tasks of a pool, or of all pools. It is good for one section, as
// long as no permit is granted or refused.
type graph struct {
	pool    *Pool
	kept    kept
	foreign bool   // the search has come to a task of another pool
	wide    bool   // it goes on there, and keeps the lock: see acrossPools
	next    *graph // the part of another pool
}

func (p *Pool) graph() *graph { return &graph{pool: p, kept: p.kept()} }

// waiting returns the part that t is of, if t waits for others, or nil.
func (g *graph) waiting(t *Task) *graph {
	p := t.pool()
	if p == nil {
		return nil // it has settled, or is none of a pool
	}
	at := g.part(p)
	if at == nil || t.Settled() || p.goesOn(t) || p.settlesSoon(t) {
		return nil
	}
	return at
}

// part returns the part of p, nil if the search does not go there.
func (g *graph) part(p *Pool) *graph {
	at := g
	for ; at.pool != p; at = at.next {
		if at.next != nil {
			continue
		}
		if g.foreign = true; !g.wide {
			return nil
		}
		p.mu.Lock()
		at.next = p.graph()
	}
	return at
}

// settlesSoon reports whether t, which does not run, is about to settle because a context has ended:
// its pool has not been told yet.
func (p *Pool) settlesSoon(t *Task) bool {
	return (t.Pending() || t.rests()) && p.ended(t, t.extra())
}

// Waits implements waitgraph.Graph.
func (g *graph) Waits(t *Task) iter.Seq[iter.Seq[*Task]] {
	return func(yield func(iter.Seq[*Task]) bool) {
		at := g.waiting(t)
		if at == nil || !t.eachWait(yield) {
			return
		}
		if len(at.kept.by) > 0 {
			at.pool.shortages(t, &at.kept)(yield)
		}
	}
}

// eachWait yields the waits of t in the graph, but for those for what other tasks keep. It reports false
// if yield has. The caller holds the lock of the pool of t.
func (t *Task) eachWait(yield func(iter.Seq[*Task]) bool) bool {
	if t.Pending() {
		return yield(only(t.heldBackBy()))
	}
	for w := range t.blockedIn() {
		if w.ending() {
			continue
		}
		for some := range w.parts() {
			if !yield(some) {
				return false
			}
		}
	}
	for _, a := range t.pool().acquires {
		if a.waiter() == t && !yield(only(&a.task)) {
			return false
		}
	}
	return true
}

// blockedIn yields what the goroutines of a task that has started are blocked in, but for waits whose
// contexts have ended: these are about to be left.
func (t *Task) blockedIn() iter.Seq[*Wait] {
	return func(yield func(*Wait) bool) {
		if wk := t.worker; wk != nil {
			for w := wk.waits; w != nil && (w.leaving() || yield(w)); w = w.next {
			}
		}
	}
}

// anyEnds reports whether any one of several members can end the wait.
func (w *Wait) anyEnds() bool { return w.several != nil && w.several.set.Until() != waitset.Every }

// ending reports whether the wait is about to end. A set whose members are taken one by one waits
// again with the same wait: then over may be what a member has left that was taken since, and any
// knows whether one is due.
func (w *Wait) ending() bool {
	return w.over && (w.dead || w.several == nil || w.several.set.Until() != waitset.One)
}

// any yields the members that have not settled, none if something else can end the wait. The last is a
// member that has settled, and of which the wait is about to be told: it waits for nothing.
func (w *Wait) any() iter.Seq[*Task] {
	if w.several.besideOpen() {
		return only(nil)
	}
	return func(yield func(*Task) bool) {
		for t := range w.several.open() {
			if !yield(t) {
				return
			}
		}
		if due := w.several.set.Due(); due != nil {
			yield(due.(*Task))
		}
	}
}

// heldBackBy returns the task that has to settle before t, which is pending, can start, or nil.
func (t *Task) heldBackBy() *Task {
	x := t.extra()
	switch {
	case x == nil:
	case x.stage == behindKey:
		return x.turn.first
	case x.stage == delayed && x.common.Key != nil:
		return t.pool().turnBefore(t, x.common.Key)
	case x.stage == deferred:
		return x.more.input
	}
	return nil
}

// parts yields the waits of the graph that w is: one that any of the members ends, or one for each
// member.
func (w *Wait) parts() iter.Seq[iter.Seq[*Task]] {
	return func(yield func(iter.Seq[*Task]) bool) {
		if w.anyEnds() {
			yield(w.any())
			return
		}
		for t := range w.open() {
			if !yield(only(t)) {
				return
			}
		}
	}
}

// only yields t, if that is not nil.
func only(t *Task) iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		if t != nil {
			yield(t)
		}
	}
}

// closeCycles ends the waits that can never end because of what t, a pending task, has begun to wait
// for: those for t, and those for tasks that continue with it.
func (p *Pool) closeCycles(t *Task) {
	left := maxThens
	p.closeCyclesOf(t, &left)
	if on := t.heldBackBy(); p.mixed && on != nil {
		if _, foreign := p.reaches(on, t); foreign {
			p.effects.Stop(func() bool { p.endCyclesOf(t); return true })
		}
	}
}

// maxThens bounds how many tasks closeCycles looks at that continue with one, as the search for a cycle
// is bounded.
const maxThens = 1024

// closeCyclesOf is closeCycles within one pool.
func (p *Pool) closeCyclesOf(t *Task, left *int) {
	p.eachWaitFor(t, t.group(), func(w *Wait) {
		if !w.blocked() || w.leaving() {
			return
		}
		found, _ := p.reaches(t, w.task)
		if found && w.anyEnds() {
			found, _ = w.neverEnds()
		}
		if found {
			w.doom()
		}
	})
	if !t.Calls() {
		return
	}
	t.Each(func(target outcome.Target) {
		if c, ok := target.(*continuation); ok && *left > 0 && (*Task)(c).pool() == p {
			*left--
			p.closeCyclesOf((*Task)(c), left)
		}
	})
}

// mayBeTold reports whether the wait, which is in the list of its worker, can be told that it could
// never end.
func (w *Wait) mayBeTold() bool {
	return !w.ending() && !w.leaving() && (!w.always || w.several != nil)
}

// doomed reports whether the wait, which is about to begin, could never end. It may give up the lock
// meanwhile.
func (w *Wait) doomed() bool {
	if m := w.several; m != nil && !w.anyEnds() { // a group may have got other members since
		if m.checked {
			return false // closeCycles looks at what comes later
		}
		m.checked = true
	}
	never, foreign := w.neverEnds()
	return never || foreign && w.closesAcrossPools()
}

// neverEnds reports whether the wait could never end because of tasks of its pool, and whether it may
// be that because of those of others.
func (w *Wait) neverEnds() (never, foreign bool) {
	g := w.worker.pool.graph()
	never = g.neverEnds(w)
	return never, g.foreign
}

// neverEnds reports whether w could never end.
func (g *graph) neverEnds(w *Wait) bool {
	for some := range w.parts() {
		if waitgraph.All(some, func(t *Task) bool { return g.reaches(t, w.task) }) {
			return true
		}
	}
	return false
}

// deadlock returns the error of a wait of one task for another.
func deadlock(waiter, target *Task) error {
	a, b := waiter.Name(), target.Name()
	if a == "" && b == "" {
		return outcome.ErrDeadlock
	}
	return outcome.Deadlock(cmp.Or(a, "a task"), cmp.Or(b, "a task"))
}
