package stream

import (
	"context"
	"sync/atomic"
)

// A pump carries items over a crossing one by one, through a channel. Each
// stream above it runs in a goroutine of its own.
//
// Senders do not select between the channel and the end of the run, which would
// cost as much as the sending: who ends the run empties the channel until the
// last sender has closed it, and so sets them free and joins them at once.
type pump[T any] struct {
	crossing
	ch      chan item[T]
	feeders atomic.Int32
	ended   func() // not nil: called when the last feeder has ended, before the channel is closed
}

type item[T any] struct {
	v   T
	err error
}

// start runs streams under ctx. Each is at most one item further than what was
// received or fits in the buffer.
func (p *pump[T]) start(ctx context.Context, buffer int, streams ...Stream[T]) {
	p.open(ctx)
	p.ch = make(chan item[T], buffer)
	p.feeders.Store(int32(len(streams)))
	for _, s := range streams {
		go p.feed(s)
	}
}

func (p *pump[T]) feed(s Stream[T]) {
	returned := false
	defer func() {
		if !returned {
			p.died(recover())
		}
		if p.feeders.Add(-1) == 0 {
			if p.ended != nil {
				p.ended()
			}
			close(p.ch)
		}
	}()
	if s.each(p.ctx, p.send) {
		p.cut.Store(true)
	}
	returned = true
}

func (p *pump[T]) send(v T, err error) bool {
	if p.over.Load() {
		return false
	}
	p.ch <- item[T]{v, err}
	return !p.over.Load()
}

// join ends the stages above and returns when they have ended.
func (p *pump[T]) join() {
	p.end()
	for range p.ch {
	}
}

// pass delivers what comes; it is the pass of a stage that only moves its items
// to another goroutine.
func (p *pump[T]) pass(yield func(T, error) bool) (cut bool) {
	more := p.deliver(yield)
	p.raise()
	return more && p.cut.Load()
}

// deliver reports whether yield would have taken more.
func (p *pump[T]) deliver(yield func(T, error) bool) (more bool) {
	defer p.join()
	for it := range p.ch {
		if !yield(it.v, it.err) {
			return false
		}
	}
	return true
}
