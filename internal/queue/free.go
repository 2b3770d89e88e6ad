package queue

// MaxFree is how many values a FreeList keeps at most: more than the waits of a pool need at a
// time, in all but the deepest recursions.
const MaxFree = 64

// A FreeList keeps values for reuse. The zero value is empty.
type FreeList[T any] []*T

// Take takes one of the values out, or returns nil. The list forgets it: from now on it may refer
// to what belongs to the user.
func (l *FreeList[T]) Take() *T {
	n := len(*l) - 1
	if n < 0 {
		return nil
	}
	x := (*l)[n]
	(*l)[n] = nil
	*l = (*l)[:n]
	return x
}

// Put keeps x, which must not refer to anything of the user, unless there are enough.
func (l *FreeList[T]) Put(x *T) {
	if len(*l) < MaxFree {
		*l = append(*l, x)
	}
}
