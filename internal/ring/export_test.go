package ring

// What the tests look at.

// Len returns how many slots the last segment has.
func (r *Ring[T]) Len() int { return len(r.last.Load().slots) }

// Ceil returns the least power of two that is not less than n.
func Ceil(n uint64) uint64 { return ceil(n) }
