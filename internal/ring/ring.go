package ring

import (
	"math/bits"
	"sync/atomic"
)

// firstSlots is for how many values a new ring has slots, at most.
const firstSlots = 8

// A Ring holds values by number: value i is in slot i modulo the length. Before it writes
// a slot, the user makes sure that the slot is free, with Room.
//
// A ring grows by a new segment for the numbers from its base on; the older ones are
// together no larger, and are kept, because others may still be at them.
type Ring[T any] struct {
	last  atomic.Pointer[segment[T]]
	first segment[T]
}

type segment[T any] struct {
	base  uint64
	mask  uint64
	slots []slot[T]
	older *segment[T]
}

type slot[T any] struct {
	v    T
	mark atomic.Uint64 // one more than the number that it was marked for last
}

// New returns a ring for values of which n are in it at once, as far as is known. It starts
// small.
func New[T any](n uint64) *Ring[T] {
	r := new(Ring[T])
	r.first.init(0, min(n, firstSlots))
	r.last.Store(&r.first)
	return r
}

// init gives a segment n slots, or some more.
func (s *segment[T]) init(base, n uint64) {
	n = ceil(n)
	s.base, s.mask, s.slots = base, n-1, make([]slot[T], n)
}

// slot returns the slot of value i.
func (s *segment[T]) slot(i uint64) *slot[T] { return &s.slots[i&s.mask] }

// at returns the segment of value i.
func (r *Ring[T]) at(i uint64) *segment[T] {
	s := r.last.Load()
	for i < s.base {
		s = s.older
	}
	return s
}

// Set writes value i, which nobody sees before it is marked or published otherwise.
func (r *Ring[T]) Set(i uint64, v T) { r.at(i).slot(i).v = v }

// Mark marks value i.
func (r *Ring[T]) Mark(i uint64) { r.at(i).slot(i).mark.Store(i + 1) }

// Put is Set and Mark.
func (r *Ring[T]) Put(i uint64, v T) {
	s := r.at(i).slot(i)
	s.v = v
	s.mark.Store(i + 1)
}

// Has reports whether value i, or a later one in its slot, has been marked.
func (r *Ring[T]) Has(i uint64) bool {
	return r.at(i).slot(i).mark.Load() > i
}

// Get returns value i, which stays in its slot.
func (r *Ring[T]) Get(i uint64) T { return r.at(i).slot(i).v }

// Take takes value i out of its slot, which does not keep it.
func (r *Ring[T]) Take(i uint64) (v T) {
	s := r.at(i).slot(i)
	v = s.v
	var zero T
	s.v = zero
	return v
}

// Room returns up to which number values may be set: at most limit, when those before next
// have been set and those before done have been taken. It grows the ring if there is no
// slot for next. Only one goroutine at a time may call it.
func (r *Ring[T]) Room(next, done, limit uint64) uint64 {
	s := r.last.Load()
	n := s.mask + 1
	if next < limit && next >= s.base+n && next >= done+n {
		s = &segment[T]{older: s}
		s.init(next, min(limit-done, 8*n))
		r.last.Store(s)
		n = s.mask + 1
	}
	return min(limit, max(s.base, done)+n)
}

// ceil returns the least power of two that is not less than n, and at least 1.
func ceil(n uint64) uint64 { return 1 << bits.Len64(max(n, 1)-1) }
