package queue

// chunkSize is how many values a chunk holds: with its header it fills 1 KiB.
const chunkSize = 126

// A FIFO is a queue of pointers in order of arrival. It takes nine bytes a value,
// grows without copying, and gives its memory back. The zero value is empty.
//
// A value that is taken out of turn stays where it is: the user of the queue passes over
// it, and calls Tidy when there are many of them.
type FIFO[T any] struct {
	first, last *chunk[T]
	head        int // of the first chunk: what is before it has been taken
	tail        int // of the last chunk: what is before it is there
	n           int
	spare       *chunk[T]
}

type chunk[T any] struct {
	next   *chunk[T]
	values [chunkSize]*T
}

// Len returns how many values there are.
func (q *FIFO[T]) Len() int { return q.n }

// Push adds v behind all others.
func (q *FIFO[T]) Push(v *T) {
	if q.last == nil || q.tail == chunkSize {
		q.grow()
	}
	q.last.values[q.tail] = v
	q.tail++
	q.n++
}

func (q *FIFO[T]) grow() {
	c := q.spare
	if q.spare = nil; c == nil {
		c = new(chunk[T])
	}
	if q.last == nil {
		q.first, q.head = c, 0
	} else {
		q.last.next = c
	}
	q.last, q.tail = c, 0
}

// First returns the first value, or nil.
func (q *FIFO[T]) First() *T {
	if q.n == 0 {
		return nil
	}
	return q.first.values[q.head]
}

// Last returns the last value, or nil.
func (q *FIFO[T]) Last() *T {
	if q.n == 0 {
		return nil
	}
	return q.last.values[q.tail-1]
}

// Pop takes the first value out and returns it, or nil.
func (q *FIFO[T]) Pop() *T {
	if q.n == 0 {
		return nil
	}
	v := q.first.values[q.head]
	q.first.values[q.head] = nil
	q.head++
	q.n--
	switch {
	case q.n == 0:
		q.head, q.tail = 0, 0
		q.first.next, q.last = nil, q.first
	case q.head == chunkSize:
		c := q.first
		q.first, q.head = c.next, 0
		c.next = nil
		q.spare = c
	}
	return v
}

// TakeLast takes v out, if it is the last value. It may report false, and leave v there, if v is
// the first one of a chunk.
func (q *FIFO[T]) TakeLast(v *T) bool {
	i := q.tail - 1
	switch {
	case q.n == 0 || q.last.values[i] != v:
		return false
	case q.n == 1:
		q.Pop()
		return true
	case i == 0:
		return false
	}
	q.last.values[i] = nil
	q.tail, q.n = i, q.n-1
	return true
}

// Each calls f with every value, in order. f must not change the queue.
func (q *FIFO[T]) Each(f func(*T)) {
	at := q.head
	c := q.first
	for range q.n {
		if at == chunkSize {
			c, at = c.next, 0
		}
		f(c.values[at])
		at++
	}
}

// Tidy takes out the values that keep does not want.
func (q *FIFO[T]) Tidy(keep func(*T) bool) {
	old := *q
	*q = FIFO[T]{}
	for v := old.Pop(); v != nil; v = old.Pop() {
		if keep(v) {
			if q.spare == nil {
				q.spare, old.spare = old.spare, nil
			}
			q.Push(v)
		}
	}
}
