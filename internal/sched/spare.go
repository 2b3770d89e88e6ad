package sched

import (
	"sync"
	"sync/atomic"
)

// maxSpare is how many objects of a kind a pool keeps for reuse: more than its
// waits need at a time, in all but the deepest recursions.
const maxSpare = 64

// maxNoted is how many tasks at most the array has room for that a pool keeps: 8 KiB.
const maxNoted = 1024

// spare keeps waits, scopes, turns and one array for reuse. It belongs to its pool, because a channel that
// several pools share would outlive the synctest bubble that it was made in. It holds
// nothing of the user.
type spare struct {
	one    atomic.Pointer[Wait] // the first of waits, without the lock
	mu     sync.Mutex
	waits  freeList[Wait]
	scopes freeList[scope] // under Pool.mu, as turns
	turns  freeList[turn]
	tasks  []*Task // an empty array for those of a scope
}

// A freeList is at most maxSpare objects of a kind.
type freeList[T any] []*T

// take takes one of the objects out, and returns nil if there is none. The list forgets it:
// from now on it may refer to what belongs to the user.
func (l *freeList[T]) take() *T {
	n := len(*l) - 1
	if n < 0 {
		return nil
	}
	x := (*l)[n]
	(*l)[n] = nil
	*l = (*l)[:n]
	return x
}

func (l *freeList[T]) put(x *T) {
	if len(*l) < maxSpare {
		*l = append(*l, x)
	}
}

func (s *spare) wait() *Wait {
	if w := s.one.Swap(nil); w != nil {
		return w
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waits.take(); w != nil {
		return w
	}
	return newWait()
}

// putWait takes back a wait that has been reset, that nothing refers to any more, and whose
// channel is empty.
func (s *spare) putWait(w *Wait) {
	w.dead = false
	if s.one.CompareAndSwap(nil, w) {
		return
	}
	s.mu.Lock()
	s.waits.put(w)
	s.mu.Unlock()
}

// scope returns an empty scope of p.
func (s *spare) scope(p *Pool) *scope {
	if sc := s.scopes.take(); sc != nil {
		return sc
	}
	return &scope{pool: p}
}

// putScope takes back a scope that nothing depends on and that was never registered
// anywhere. A future that is being asked may still read its pool.
func (s *spare) putScope(sc *scope) {
	tasks := sc.tasks
	sc.scopeState = scopeState{}
	if cap(tasks) <= maxSpare {
		clear(tasks[:cap(tasks)])
		sc.tasks = tasks[:0]
	}
	s.scopes.put(sc)
}

// noted returns an empty slice with room for n tasks of a scope, or for more.
func (s *spare) noted(n int) []*Task {
	tasks := s.tasks
	if cap(tasks) < n {
		return make([]*Task, 0, n)
	}
	s.tasks = nil
	return tasks
}

// putNoted takes back the array of tasks, in which there is none any more.
func (s *spare) putNoted(tasks []*Task) {
	if n := cap(tasks); n > cap(s.tasks) && n <= maxNoted {
		s.tasks = tasks[:0]
	}
}

// turn returns a turn of no key.
func (s *spare) turn() *turn {
	if tn := s.turns.take(); tn != nil {
		return tn
	}
	return new(turn)
}

// putTurn takes back the turn of a key that is not in use any more.
func (s *spare) putTurn(tn *turn) { s.turns.put(tn) }

// drop lets go of all of it.
func (s *spare) drop() {
	s.one.Store(nil)
	s.mu.Lock()
	s.waits = nil
	s.mu.Unlock()
	s.scopes, s.turns, s.tasks = nil, nil, nil
}
