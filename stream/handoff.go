package stream

import (
	"context"
	"sync/atomic"
)

// A handoff is a boundary that items cross one at a time, through an unbuffered
// channel. It may have several producers, each for a stream of its own.
//
// The channel carries pointers, because a channel's element must be smaller than
// 64 KB and an item may have any size. The pointers are to two items that each
// producer owns. It fills one while the consumer may still read the other: when a
// send has completed, the consumer has copied the item of the send before.
//
// Producers do not select between the channel and the end of the run, which
// would cost as much as the send. Instead the consumer, when it ends the run,
// receives until the last producer has closed the channel: this releases the
// producers and waits for them.
type handoff[T any] struct {
	boundary
	ch        chan *item[T]
	producers atomic.Int32
	ended     func() // not nil: called when the last producer has ended, before the channel is closed
}

// An item is an item of a stream or an error in its place.
type item[T any] struct {
	v   T
	err error
}

// start runs streams under ctx. Each is at most one item ahead of what was
// received.
func (h *handoff[T]) start(ctx context.Context, streams ...Stream[T]) {
	h.open(ctx)
	h.ch = make(chan *item[T])
	h.producers.Store(int32(len(streams)))
	for _, s := range streams {
		go h.produce(s)
	}
}

func (h *handoff[T]) produce(s Stream[T]) {
	var items [2]item[T]
	n := 0
	produce(&h.boundary, s, func(v T, err error) bool {
		if h.over.Load() {
			return false
		}
		it := &items[n%2]
		n++
		it.v, it.err = v, err
		h.ch <- it
		return !h.over.Load()
	}, h.producerEnded)
}

func (h *handoff[T]) producerEnded() {
	if h.producers.Add(-1) > 0 {
		return
	}
	if h.ended != nil {
		h.ended()
	}
	close(h.ch)
}

// receive returns the next item, or false when all streams have ended.
func (h *handoff[T]) receive() (it item[T], ok bool) {
	p, ok := <-h.ch
	if ok {
		it, *p = *p, item[T]{} // cleared, so that the producer does not retain it
	}
	return it, ok
}

// join ends the stages above and returns when they have ended.
func (h *handoff[T]) join() {
	h.end()
	for range h.ch {
	}
}

// pass is the pass of a stage that delivers the items as they come.
func (h *handoff[T]) pass(yield func(T, error) bool) (cut bool) {
	more := h.deliver(yield)
	h.rethrow()
	return more && h.cut.Load()
}

// deliver reports whether yield would have taken more.
func (h *handoff[T]) deliver(yield func(T, error) bool) (more bool) {
	defer h.join()
	for it, ok := h.receive(); ok; it, ok = h.receive() {
		if !yield(it.v, it.err) {
			return false
		}
	}
	return true
}
