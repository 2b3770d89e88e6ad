package ring

import (
	"math/bits"
	"reflect"
	"sync/atomic"
)

// A Ring holds values by number: value i is in slot i modulo the length. The user
// sees to it that a slot is free before it is written, with Room, Has and Passed.
//
// A ring grows by a new segment for the numbers from its base on; the older ones are
// together no larger, and are kept, because others may still be at them.
type Ring[T any] struct {
	last   atomic.Pointer[segment[T]]
	clears bool // a slot must not keep what was taken out of it
}

type segment[T any] struct {
	base  uint64
	mask  uint64
	slots []T
	marks []atomic.Uint32
	older *segment[T]
}

// New returns a ring of at least n slots.
func New[T any](n uint64) *Ring[T] {
	r := &Ring[T]{clears: pointers(reflect.TypeFor[T]())}
	r.last.Store(newSegment[T](0, n))
	return r
}

func newSegment[T any](base, n uint64) *segment[T] {
	n = ceil(n)
	return &segment[T]{base: base, mask: n - 1, slots: make([]T, n), marks: make([]atomic.Uint32, n)}
}

// at returns the segment of value i.
func (r *Ring[T]) at(i uint64) *segment[T] {
	s := r.last.Load()
	for i < s.base {
		s = s.older
	}
	return s
}

// Set writes value i, which nobody sees before it is marked or published otherwise.
func (r *Ring[T]) Set(i uint64, v T) {
	s := r.at(i)
	s.slots[i&s.mask] = v
}

// Mark marks value i.
func (r *Ring[T]) Mark(i uint64) {
	s := r.at(i)
	s.marks[i&s.mask].Store(mark(i))
}

// Put is Set and Mark; failed says that there is an error with the value, elsewhere.
func (r *Ring[T]) Put(i uint64, v T, failed bool) {
	m := mark(i)
	if failed {
		m |= isFailed
	}
	s := r.at(i)
	s.slots[i&s.mask] = v
	s.marks[i&s.mask].Store(m)
}

// Has reports whether value i, or a later one in its slot, has been marked.
func (r *Ring[T]) Has(i uint64) bool {
	s := r.at(i)
	return passed(s.marks[i&s.mask].Load(), i)
}

// Take takes value i out of its slot, and returns whether it failed.
func (r *Ring[T]) Take(i uint64) (v T, failed bool) {
	s := r.at(i)
	v, failed = s.slots[i&s.mask], s.marks[i&s.mask].Load()&isFailed != 0
	if r.clears {
		var zero T
		s.slots[i&s.mask] = zero
	}
	return v, failed
}

// Before returns the number whose slot value i is to have; ok is false if the slot
// has not been used yet.
func (r *Ring[T]) Before(i uint64) (before uint64, ok bool) {
	s := r.last.Load()
	return i - s.mask - 1, i-s.base > s.mask
}

// Room returns up to which number values may be set: at most limit, when those before next
// have been set and those before done have been taken. It grows the ring if there is no
// slot for next. Only one goroutine at a time may call it.
func (r *Ring[T]) Room(next, done, limit uint64) uint64 {
	s := r.last.Load()
	n := s.mask + 1
	if next < limit && next >= s.base+n && next >= done+n {
		older := s
		s = newSegment[T](next, min(limit-done, 8*n))
		s.older = older
		r.last.Store(s)
		n = s.mask + 1
	}
	return min(limit, max(s.base, done)+n)
}

// A mark is the low bits of the number and, below them, whether the slot was ever
// marked and whether the value failed.
const (
	isFailed = 1 << iota
	isSet
	markBits = iota
)

// mark is what a slot is marked with for value i. It differs from the marks of the
// values that were in the slot before: those are a multiple of the length away, and at
// most MaxWindow.
func mark(i uint64) uint32 { return uint32(i)<<markBits | isSet }

// passed reports whether a slot with mark m was marked for value i, or for a later one.
func passed(m uint32, i uint64) bool {
	return m&isSet != 0 && int32(m>>markBits<<markBits-uint32(i)<<markBits) >= 0
}

// ceil returns the least power of two that is not less than n, and at least 1.
func ceil(n uint64) uint64 {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len64(n-1)
}

// pointers reports whether values of a type may hold pointers: a slot must not keep
// what was taken out of it alive. Slots of other types are left as they are: to
// clear one is to take its cache line from whoever writes there next.
func pointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && pointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if pointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice, reflect.String, reflect.UnsafePointer:
		return true
	}
	return false
}
