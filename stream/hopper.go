package stream

import (
	"sync"
	"time"
)

// A hopper is a crossing where items gather until the stage below takes them,
// all at once: it costs a lock an item and a wake-up a batch, where a channel
// costs a wake-up an item. The batch fills in the goroutine of the stages above,
// so that its time counts from when its first item came, and not from when the
// stage below was back from the last batch.
//
// At any time there is one batch, and possibly an error behind it, in which case
// it is complete.
type hopper[T any] struct {
	crossing
	n    int
	wait time.Duration
	news chan struct{} // to the stage below: the batch may be due; one place
	room chan struct{} // to the stages above: there is room; one place
	done chan struct{} // closed when the stages above have ended

	mu    sync.Mutex
	batch []T
	since time.Time // when its first item came
	last  int       // how long the batch before it was
	err   error     // behind it
	ended bool      // nothing more will come
}

func newHopper[T any](n int, wait time.Duration) *hopper[T] {
	return &hopper[T]{
		n: n, wait: wait,
		news: make(chan struct{}, 1),
		room: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
}

// notify fills the one place of a channel.
func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // whoever takes what is there looks at everything
	}
}

// feed runs the stages above.
func (h *hopper[T]) feed(s Stream[T]) {
	returned := false
	defer func() {
		if !returned {
			h.died(recover())
		}
		h.mu.Lock()
		h.ended = true
		h.mu.Unlock()
		notify(h.news)
		close(h.done)
	}()
	if s.each(h.ctx, h.put) {
		h.cut.Store(true)
	}
	returned = true
}

// put adds an item and waits until there is room for the next: by that nothing is
// pulled that could not be passed on. It reports false if the stages below have
// ended.
func (h *hopper[T]) put(v T, err error) bool {
	h.add(v, err)
	for !h.over.Load() {
		if h.hasRoom() {
			return true
		}
		<-h.room
	}
	return false
}

func (h *hopper[T]) hasRoom() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.completeLocked()
}

func (h *hopper[T]) add(v T, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.err = err
	case len(h.batch) == 0:
		h.batch = append(make([]T, 0, max(1, h.last)), v)
		if h.wait > 0 {
			h.since = time.Now()
		}
	default:
		h.batch = append(h.batch, v)
	}
	if len(h.batch) == 1 || h.completeLocked() {
		notify(h.news)
	}
}

func (h *hopper[T]) completeLocked() bool { return len(h.batch) == h.n || h.err != nil }

// deliver passes batches on until there are no more, or yield has enough: then
// it reports false.
func (h *hopper[T]) deliver(yield func([]T, error) bool) (more bool) {
	defer h.join()
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	for {
		batch, err, ok := h.next(timer)
		if !ok {
			return true
		}
		if len(batch) > 0 && !yield(batch, nil) || err != nil && !yield(nil, err) {
			return false
		}
	}
}

// join ends the stages above and returns when they have ended.
func (h *hopper[T]) join() {
	h.end()
	notify(h.room)
	<-h.done
}

// next blocks until a batch is due; false: there is none any more.
func (h *hopper[T]) next(timer *time.Timer) (batch []T, err error, ok bool) {
	for {
		batch, err, in := h.take()
		switch {
		case len(batch) > 0 || err != nil:
			notify(h.room)
			return batch, err, true
		case in < 0:
			<-h.news
		case in == 0:
			return nil, nil, false
		default:
			timer.Reset(in)
			select {
			case <-h.news:
			case <-timer.C:
			}
		}
	}
}

// take returns the batch if it is due, or else when it will be: in < 0 if that
// is not known, and 0 if there is none any more.
//
//lint:ignore ST1008 the error is an item behind the batch, not a failure of take
func (h *hopper[T]) take() (batch []T, err error, in time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended && (h.cut.Load() || h.death.Load() != nil):
		return nil, nil, 0
	case len(h.batch) == 0 && h.err == nil:
		if h.ended {
			return nil, nil, 0
		}
		return nil, nil, -1
	case !h.ended && !h.completeLocked():
		if in := h.wait - time.Since(h.since); h.wait > 0 && in > 0 {
			return nil, nil, in
		}
	}
	batch, err = h.batch, h.err
	h.batch, h.err, h.last = nil, nil, len(batch)
	return batch, err, 0
}
