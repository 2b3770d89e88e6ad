package parallel

import (
	"sync"
	"sync/atomic"
)

// A windowed is the source of a slice, as far as the window goes.
type windowed[A, B any] struct {
	*loop
	in    []A
	out   *results[B]
	mu    sync.Mutex // held by the goroutine that makes room
	ready atomic.Uint64
}

// limit implements source. Room is made by the runner that finds none, as a feeder
// does it for a sequence.
func (s *windowed[A, B]) limit() uint64 {
	if n := s.ready.Load(); s.items.Claimed() < n || n == uint64(len(s.in)) {
		return n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next, done := s.ready.Load(), s.delivered.Load()
	if limit := min(done+s.size(), uint64(len(s.in))); limit > next {
		s.ready.Store(s.out.room(next, done, limit))
	}
	return s.ready.Load()
}

// take implements source.
func (s *windowed[A, B]) take(i uint64) (n uint64, a A, ok bool) { return i, s.in[i], true }

// A whole is the source of a slice.
type whole[A any] []A

func (s whole[A]) limit() uint64                          { return uint64(len(s)) }
func (s whole[A]) take(i uint64) (n uint64, a A, ok bool) { return i, s[i], true }

// A naturals is the source of numbers below it.
type naturals uint64

func (n naturals) limit() uint64                          { return uint64(n) }
func (naturals) take(i uint64) (n uint64, a int, ok bool) { return i, int(i), true }
