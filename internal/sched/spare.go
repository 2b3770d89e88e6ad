package sched

import (
	"sync"
	"sync/atomic"
)

// maxSpare is how many objects of a kind a pool keeps for reuse: more than its
// waits need at a time, in all but the deepest recursions.
const maxSpare = 64

// spare holds what waits need over and over: they cost nothing but their turn at
// a lock. It belongs to its pool, because a channel that is shared wider would
// outlive the synctest bubble that it was made in; and it holds nothing of the
// user's.
type spare struct {
	one     atomic.Pointer[Wait] // the first of waits, without the lock
	mu      sync.Mutex
	waits   []*Wait
	watches []*watch // under Pool.mu
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

// putWait takes back a wait that nobody refers to any more and whose channel is
// empty.
func (s *spare) putWait(w *Wait) {
	*w = Wait{ch: w.ch}
	if s.one.CompareAndSwap(nil, w) {
		return
	}
	s.mu.Lock()
	if len(s.waits) < maxSpare {
		s.waits = append(s.waits, w)
	}
	s.mu.Unlock()
}

func (s *spare) watch() *watch {
	if n := len(s.watches); n > 0 {
		w := s.watches[n-1]
		s.watches = s.watches[:n-1]
		return w
	}
	return new(watch)
}

func (s *spare) putWatch(w *watch) {
	if len(s.watches) < maxSpare {
		*w = watch{tasks: w.tasks[:0]}
		s.watches = append(s.watches, w)
	}
}

// drop lets go of all of it.
func (s *spare) drop() {
	s.one.Store(nil)
	s.mu.Lock()
	s.waits = nil
	s.mu.Unlock()
	s.watches = nil
}
