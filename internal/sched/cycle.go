package sched

import (
	"cmp"
	"slices"
	"sync"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A wait that could never end is refused. A task waits for
//
//	the task that has the turn of its key   while it waits for the turn, or for its delay
//	its input                               a Then
//	what its goroutines are blocked in      one task; or all members of a set or a group; a permit
//
// and the wait of task A for task B closes a cycle if B reaches A along these. A wait
// that any one of several members can end counts if all of them reach A.

// maxReach bounds how far a search goes. What it does not find blocks until its
// context ends.
const maxReach = 1024

// reaches reports whether from waits for to, through tasks of p, or for a task that waits for
// itself, and whether the search has come to a wait for a task of another pool.
func (p *Pool) reaches(from, to *Task) (found, foreign bool) {
	switch {
	case from == to:
		return true, false
	case from.pool() == p && from.waitsForNothing(): // the usual case
		return false, false
	}
	s := search{pool: p, to: to, left: maxReach}
	found = s.visit(from)
	return found, s.foreign
}

// waitsForNothing reports whether no other task has to settle before t can go on. The caller
// holds the lock of the pool of t.
func (t *Task) waitsForNothing() bool {
	if t.Pending() {
		return t.PlainAndPending()
	}
	w := t.worker()
	return (w == nil || w.waits == nil) && len(t.pool().acquires) == 0
}

type search struct {
	pool    *Pool
	to      *Task
	path    []*Task // from where it began to where it is
	left    int
	foreign bool
}

// visit reports whether t waits for the task, or for one that waits for itself.
func (s *search) visit(t *Task) bool {
	if t == s.to || slices.Contains(s.path, t) {
		return true
	}
	if s.left--; s.left < 0 || t.Settled() {
		return false
	}
	if t.pool() != s.pool {
		s.foreign = true
		return false
	}
	if t.waitsForNothing() {
		return false
	}
	found := false
	s.path = append(s.path, t)
	eachBlocker(t, func(on *Task) bool {
		found = s.visit(on)
		return found
	})
	found = found || s.visitAny(t)
	s.path = s.path[:len(s.path)-1]
	return found
}

// visitAny is visit for the waits of t that any one of several members can end: all of them
// have to wait for the task.
func (s *search) visitAny(t *Task) bool {
	wk := t.worker()
	if t.Pending() || wk == nil {
		return false
	}
	for w := wk.waits; w != nil; w = w.next {
		if w.until != waitset.Every && !w.ending() && w.all(s.visit) {
			return true
		}
	}
	return false
}

// ending reports whether the wait is about to end. A set whose members are taken one by one waits
// again with the same wait: then over may be what a member has left that was taken since.
func (w *Wait) ending() bool {
	return w.over && (w.dead || w.until != waitset.One || w.set.Due())
}

// all reports whether f is true for all members that have not settled, and nothing else can
// end the wait. It is false if there are none.
func (w *Wait) all(f func(*Task) bool) bool {
	for w.open < len(w.members) && w.members[w.open].settled() {
		w.open++
	}
	if w.always || w.beside || w.open == len(w.members) {
		return false
	}
	for _, m := range w.members[w.open:] {
		if !m.settled() && !f(m.task) {
			return false
		}
	}
	return true
}

// eachBlocker calls f with the tasks of which each has to settle before t can go on,
// until f reports true. The caller holds the lock of the pool of t.
func eachBlocker(t *Task, f func(*Task) bool) {
	if !t.Pending() {
		if w := t.worker(); w != nil {
			for wait := w.waits; wait != nil; wait = wait.next {
				if !wait.over && wait.eachNeeded(f) {
					return
				}
			}
		}
		for _, a := range t.pool().acquires {
			if a.acquirer() == t && f(&a.task) {
				return
			}
		}
		return
	}
	x := t.extra()
	if x == nil {
		return
	}
	switch {
	case x.at == behindKey:
		f(x.turn.first)
	case x.at == delayed && x.common.Key != nil:
		if h := t.pool().turnBefore(t, x.common.Key); h != nil {
			f(h)
		}
	case x.at == deferred && x.more.input != nil:
		f(x.more.input)
	}
}

// eachNeeded calls f with the members that all have to settle, until f reports true.
func (w *Wait) eachNeeded(f func(*Task) bool) bool {
	switch {
	case w.on != nil:
		return f(w.on)
	case w.until != waitset.Every:
		return false
	case w.group != nil:
		return w.group.each(f)
	}
	for _, m := range w.members {
		if !m.settled() && f(m.task) {
			return true
		}
	}
	return false
}

// acrossPools serializes the searches for cycles through several pools. Each search begins
// when its wait is registered, and a wait that closes a cycle is none any more when the next
// search begins. So of several waits that close a cycle at the same time one finds it. The lock
// is never held while something blocks.
var acrossPools sync.Mutex

// closesAcrossPools reports whether w, a wait for from that is registered, closes a cycle
// through several pools; then it counts as over. It releases the lock of the pool meanwhile: the
// locks of two pools are never held at once.
func (w *Wait) closesAcrossPools(from *Task) bool {
	p, to := w.pool, w.task
	p.mu.Unlock()
	acrossPools.Lock()
	found := searchAcrossPools(from, to)
	p.mu.Lock()
	w.over = w.over || found
	acrossPools.Unlock()
	return found
}

func searchAcrossPools(from, to *Task) bool {
	seen := map[*Task]bool{}
	todo := []*Task{from}
	for len(todo) > 0 && len(seen) < maxReach {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if t == to {
			return true
		}
		q := t.pool()
		if seen[t] || q == nil {
			continue
		}
		seen[t] = true
		q.mu.Lock()
		if !t.Settled() {
			eachBlocker(t, func(on *Task) bool {
				todo = append(todo, on)
				return false
			})
		}
		q.mu.Unlock()
	}
	return false
}

// closeCycles ends the waits for t that can never end because of what t, a pending task,
// has begun to wait for.
func (p *Pool) closeCycles(t *Task) {
	for _, w := range waitsFor(t) {
		if !w.active || w.pool != p {
			continue
		}
		if found, _ := p.reaches(t, w.task); !found || w.until != waitset.Every && !w.doomed() {
			continue
		}
		w.dead, w.over = true, true
		if w.on != nil {
			t.Detach(&w.node)
			w.on = nil
			w.finish()
			continue
		}
		w.poke(false)
	}
}

// doomed reports whether the wait could never end.
func (w *Wait) doomed() (found bool) {
	p := w.pool
	if w.until == waitset.Every {
		if w.checked {
			return false // closeCycles looks at what comes later
		}
		w.checked = w.group == nil // a group may have got other members since
		w.eachNeeded(func(t *Task) bool {
			found, _ = p.reaches(t, w.task)
			return found
		})
		return found
	}
	return w.all(func(t *Task) bool {
		found, _ := p.reaches(t, w.task)
		return found
	})
}

// stuck reports whether a wait that any one of its members could have ended is left with
// members that all wait for its task. The others have settled without ending it.
func (w *Wait) stuck() bool {
	switch w.until {
	case waitset.NoFailure, waitset.NoLoss, waitset.Success:
		return w.doomed()
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
