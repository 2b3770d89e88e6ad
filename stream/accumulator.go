package stream

import (
	"reflect"
	"time"
)

// An accumulator is a boundary where a batch grows until the stage below takes
// it. An item costs a lock and a batch a wake-up; over a channel each item would
// cost a wake-up. The batch grows in the goroutine of the stages above, so that
// its wait counts from its first item, and not from when the stage below asks for
// it.
//
// At any time there is one batch, and possibly an error behind it, in which case
// the batch is complete.
type accumulator[T any] struct {
	buffered
	n    int
	wait time.Duration

	batch []T       // this and what follows are guarded by mu
	since time.Time // when its first item was put
	last  int       // the length of the batch before it
	err   error     // behind it
}

// put adds an item and waits until there is room for the next, so that nothing
// is pulled before there is room for it. It reports false if the stages below
// have ended.
func (a *accumulator[T]) put(v T, err error) bool {
	for full := a.add(v, err); full && !a.over.Load(); full = a.complete() {
		<-a.room
	}
	return !a.over.Load()
}

func (a *accumulator[T]) complete() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.completeLocked()
}

// add adds an item, and reports whether the batch is complete.
func (a *accumulator[T]) add(v T, err error) (complete bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err != nil:
		a.err = err
	case len(a.batch) == 0:
		a.batch = append(newBatch[T](a.last), v)
		if a.wait > 0 {
			a.since = time.Now()
		}
	default:
		a.batch = append(a.batch, v)
	}
	complete = a.completeLocked()
	if len(a.batch) == 1 || complete {
		notify(a.news)
	}
	return complete
}

func (a *accumulator[T]) completeLocked() bool { return len(a.batch) == a.n || a.err != nil }

// firstBytes is how much memory a batch gets at most before its items have come.
// It is enough for 512 items of 128 bytes, and a longer batch grows as any slice.
const firstBytes = 64 << 10

// newBatch returns an empty batch that has room for as many items as the last
// one had, as far as firstBytes allow.
func newBatch[T any](last int) []T {
	size := int(reflect.TypeFor[T]().Size())
	return make([]T, 0, min(last, firstBytes/max(1, size)))
}

// deliver passes batches on, see runAhead.
func (a *accumulator[T]) deliver(yield func([]T, error) bool) (more bool) {
	timer := time.NewTimer(a.wait)
	defer timer.Stop()
	for {
		batch, err, ok := a.next(timer)
		if !ok {
			return true
		}
		if len(batch) > 0 && !yield(batch, nil) || err != nil && !yield(nil, err) {
			return false
		}
	}
}

// next blocks until a batch is due. It returns false if no more will come.
func (a *accumulator[T]) next(timer *time.Timer) (batch []T, err error, ok bool) {
	for {
		batch, err, in := a.take()
		switch {
		case len(batch) > 0 || err != nil:
			notify(a.room)
			return batch, err, true
		case in < 0:
			<-a.news
		case in == 0:
			return nil, nil, false
		default:
			timer.Reset(in)
			select {
			case <-a.news:
			case <-timer.C:
			}
		}
	}
}

// take returns the batch if it is due. If not, it returns when the batch will be
// due: in < 0 if that is not known, and 0 if no more will come.
//
//lint:ignore ST1008 the error is an item behind the batch, not a failure of take
func (a *accumulator[T]) take() (batch []T, err error, in time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.ended && (a.cut.Load() || a.exit.Load() != nil):
		return nil, nil, 0
	case len(a.batch) == 0 && a.err == nil:
		if a.ended {
			return nil, nil, 0
		}
		return nil, nil, -1
	case !a.ended && !a.completeLocked():
		if in := a.wait - time.Since(a.since); a.wait > 0 && in > 0 {
			return nil, nil, in
		}
	}
	batch, err = a.batch, a.err
	a.batch, a.err, a.last = nil, nil, len(batch)
	return batch, err, 0
}
