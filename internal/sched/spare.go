package sched

import (
	"sync"
	"sync/atomic"
)

// maxSpare is how many objects of a kind a pool keeps for reuse: more than its
// waits need at a time, in all but the deepest recursions.
const maxSpare = 64

// spare keeps waits, scopes and turns for reuse. It belongs to its pool, because a channel that
// several pools share would outlive the synctest bubble that it was made in. It holds
// nothing of the user.
type spare struct {
	one    atomic.Pointer[Wait] // the first of waits, without the lock
	mu     sync.Mutex
	waits  []*Wait
	scopes []*scope // under Pool.mu, as turns
	turns  []*turn
}

func (s *spare) wait() *Wait {
	if w := s.one.Swap(nil); w != nil {
		return w
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.waits); n > 0 {
		w := s.waits[n-1]
		s.waits = s.waits[:n-1]
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
	if len(s.waits) < maxSpare {
		s.waits = append(s.waits, w)
	}
	s.mu.Unlock()
}

// scope returns an empty scope of p.
func (s *spare) scope(p *Pool) *scope {
	if n := len(s.scopes); n > 0 {
		sc := s.scopes[n-1]
		s.scopes = s.scopes[:n-1]
		return sc
	}
	return &scope{pool: p}
}

// putScope takes back a scope that nothing depends on and that was never registered
// anywhere. A future that is being asked may still read its pool.
func (s *spare) putScope(sc *scope) {
	if len(s.scopes) >= maxSpare {
		return
	}
	tasks := sc.tasks
	sc.scopeState = scopeState{}
	if cap(tasks) <= maxSpare {
		clear(tasks[:cap(tasks)])
		sc.tasks = tasks[:0]
	}
	s.scopes = append(s.scopes, sc)
}

// turn returns a turn of no key.
func (s *spare) turn() *turn {
	n := len(s.turns)
	if n == 0 {
		return new(turn)
	}
	tn := s.turns[n-1]
	s.turns = s.turns[:n-1]
	return tn
}

// putTurn takes back the turn of a key that is not in use any more.
func (s *spare) putTurn(tn *turn) {
	if len(s.turns) < maxSpare {
		s.turns = append(s.turns, tn)
	}
}

// drop lets go of all of it.
func (s *spare) drop() {
	s.one.Store(nil)
	s.mu.Lock()
	s.waits = nil
	s.mu.Unlock()
	s.scopes, s.turns = nil, nil
}
