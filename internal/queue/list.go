package queue

import "iter"

// A List is values in the order in which they were pushed, from which any can be taken out. The
// values hold the links, so a list allocates nothing, and a value is in one list at a time. The
// zero value is empty.
type List[T any, P Linked[T]] struct {
	first, last *T
	n           int
}

// Linked is a pointer to a value that has links.
type Linked[T any] interface {
	*T
	Links() *Links[T]
}

// Links are the neighbours of a value in its list.
type Links[T any] struct{ next, prev *T }

// Len returns how many values there are.
func (l *List[T, P]) Len() int { return l.n }

// First returns the first value, or nil.
func (l *List[T, P]) First() *T { return l.first }

// Push adds v behind all others.
func (l *List[T, P]) Push(v *T) {
	P(v).Links().prev = l.last
	if l.last != nil {
		P(l.last).Links().next = v
	} else {
		l.first = v
	}
	l.last = v
	l.n++
}

// Remove takes v out, which must be in the list.
func (l *List[T, P]) Remove(v *T) {
	at := P(v).Links()
	if at.prev != nil {
		P(at.prev).Links().next = at.next
	} else {
		l.first = at.next
	}
	if at.next != nil {
		P(at.next).Links().prev = at.prev
	} else {
		l.last = at.prev
	}
	*at = Links[T]{}
	l.n--
}

// All yields the values in order. The loop may remove the value that it is at.
func (l *List[T, P]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for v := l.first; v != nil; {
			next := P(v).Links().next
			if !yield(v) {
				return
			}
			v = next
		}
	}
}
