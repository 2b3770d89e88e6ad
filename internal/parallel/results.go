package parallel

import (
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/ring"
)

// A results is the sink of a run whose caller takes one result an item: in the order of
// the input, or in that of their completion.
type results[B any] struct {
	*loop
	out      *ring.Ring[result[B]]
	_        pad
	finished atomic.Uint64 // if unordered
	_        pad
}

type result[B any] struct {
	v   B
	err error
}

// newResults returns a sink that holds at most n results, as far as is known.
func newResults[B any](l *loop, n uint64) *results[B] {
	return &results[B]{loop: l, out: ring.New[result[B]](n)}
}

// put implements sink.
func (r *results[B]) put(n uint64, v B, err error) {
	if r.cfg.Unordered {
		n = r.finished.Add(1) - 1
	}
	r.out.Put(n, result[B]{v, err})
	r.consumer.Open(n + 1)
}

// room implements sink.
func (r *results[B]) room(next, done, limit uint64) uint64 { return r.out.Room(next, done, limit) }

// await waits for result n. It reports false if that will never come.
func (r *results[B]) await(n uint64) bool {
	return r.out.Has(n) || r.loop.await(n, n+1, func() bool { return r.out.Has(n) })
}

// run yields the results, and the error of a run that ended before it was complete.
func (r *results[B]) run(yield func(B, error) bool) {
	err := r.drive(func() bool {
		for n := uint64(0); r.outer.Err() == nil && r.await(n); n++ {
			it := r.out.Take(n)
			if it.err != nil && r.input.died() {
				return true // it may be an item's whose context has ended for that
			}
			more := yield(it.v, it.err)
			r.deliveredTo(n + 1)
			if !more {
				return false
			}
		}
		return true
	})
	if err != nil {
		var zero B
		yield(zero, err)
	}
}

// deliveredTo says that the items before n have been delivered: there is room for others.
func (l *loop) deliveredTo(n uint64) {
	l.delivered.Store(n)
	l.feeder.Open(noRoom)
}
