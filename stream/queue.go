package stream

import "sync/atomic"

// A queue is a boundary with room for n items. It has one producer and one
// consumer. The consumer takes all items that are there at once, so that a lock
// and a wake-up serve many items; each counts against n until it is passed on.
//
// A channel of capacity n would be simpler, but it takes its memory up front,
// and n may stand for "no bound".
type queue[T any] struct {
	buffered
	n int64

	added   int64        // items that were put; the producer's
	passed  atomic.Int64 // items that were passed on
	blocked atomic.Bool  // the producer waits for room, or is about to

	items   []item[T] // put and not taken; this and what follows are guarded by mu
	waiting bool      // the consumer waits for news, or is about to
	counted bool      // the first of items counts as passed on already
}

// put adds an item and waits until there is room for the next, so that nothing
// is pulled before there is room for it. It reports false if the stages below
// have ended.
func (q *queue[T]) put(v T, err error) bool {
	q.mu.Lock()
	q.items = append(q.items, item[T]{v, err})
	wake := q.waiting
	if wake {
		// The consumer can do nothing but take this item, so the producer need not
		// wait until it has. Without this Buffer(1) took twice as long.
		q.waiting, q.counted = false, true
		q.passed.Add(1)
	}
	q.mu.Unlock()
	if wake {
		notify(q.news)
	}
	q.added++
	for q.added-q.passed.Load() >= q.n && !q.over.Load() {
		// First say so, then look again: the consumer first passes an item on, then
		// looks at blocked. So one of the two sees the other.
		q.blocked.Store(true)
		if q.added-q.passed.Load() >= q.n && !q.over.Load() {
			<-q.room
		}
	}
	return !q.over.Load()
}

// deliver passes items on, see runAhead.
func (q *queue[T]) deliver(yield func(T, error) bool) (more bool) {
	var items []item[T]
	var counted bool
	for {
		if items, counted = q.take(items); len(items) == 0 {
			return true
		}
		for i := range items {
			it := items[i]
			items[i] = item[T]{} // do not retain it
			if i > 0 || !counted {
				q.pass()
			}
			if !yield(it.v, it.err) {
				return false
			}
		}
	}
}

// pass counts an item as passed on.
func (q *queue[T]) pass() {
	q.passed.Add(1)
	if q.blocked.Load() {
		q.blocked.Store(false)
		notify(q.room)
	}
}

// take blocks until there are items and returns them all, and whether the first
// counts as passed on. If it returns none, no more will come. The memory of spare,
// which the caller no longer needs, is used for those to come.
func (q *queue[T]) take(spare []item[T]) (items []item[T], counted bool) {
	for {
		q.mu.Lock()
		if len(q.items) > 0 || q.ended {
			items, counted = q.items, q.counted
			q.items, q.counted = reuse(spare, len(items)), false
			q.mu.Unlock()
			return items, counted
		}
		q.waiting = true
		q.mu.Unlock()
		<-q.news
	}
}

// reuse returns an empty slice on the memory of spare; not if that is far more
// than the last n items needed, so that a long queue of the past is not kept.
func reuse[E any](spare []E, n int) []E {
	if cap(spare) > 64 && cap(spare)/8 > n {
		return nil
	}
	return spare[:0]
}
