package ring

import "reflect"

// What the tests look at.

// Pointers reports whether a ring of T clears what is taken out of it.
func Pointers[T any]() bool { return pointers(reflect.TypeFor[T]()) }

// Len returns how many slots the last segment has.
func (r *Ring[T]) Len() int { return len(r.last.Load().slots) }

// Passed reports whether a slot that is marked for value m was marked for value i, or for
// a later one.
func Passed(m, i uint64) bool { return passed(mark(m), i) }

// Ceil returns the least power of two that is not less than n.
func Ceil(n uint64) uint64 { return ceil(n) }
