package queue

import "iter"

// A List is values in the order in which they were pushed, from which any can be taken out. The
// values have links, so a list allocates nothing, and a value is in one list at a time. The
// zero value is empty.
type List[T any] struct{ first, last *Links[T] }

// Links are the place of a value in a list, and part of the value.
type Links[T any] struct {
	value      *T
	next, prev *Links[T]
}

// First returns the first value, or nil.
func (l *List[T]) First() *T {
	if l.first == nil {
		return nil
	}
	return l.first.value
}

// Push adds v, which has these links, behind all others.
func (l *List[T]) Push(v *T, links *Links[T]) {
	links.value, links.prev = v, l.last
	if l.last != nil {
		l.last.next = links
	} else {
		l.first = links
	}
	l.last = links
}

// Remove takes the value with these links out, which must be in the list.
func (l *List[T]) Remove(links *Links[T]) {
	if links.prev != nil {
		links.prev.next = links.next
	} else {
		l.first = links.next
	}
	if links.next != nil {
		links.next.prev = links.prev
	} else {
		l.last = links.prev
	}
	*links = Links[T]{}
}

// All yields the values in order. The loop may remove the value that it is at.
func (l *List[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for at := l.first; at != nil; {
			next := at.next
			if !yield(at.value) {
				return
			}
			at = next
		}
	}
}
