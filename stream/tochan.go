package stream

import (
	"context"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/outcome"
)

// ToChan starts a run of s in a goroutine of its own and returns a channel of its items
// and errors. As in [Stream.All] the run goes on after an error. It is at most two items
// ahead of the receiver. The channel is closed at the end of the run, when all stages
// have ended.
//
// The end of ctx ends the run: one last error comes, which is [future.ErrNotDone], items
// that were not received are dropped, and the channel is closed, with or without a
// receiver. So a receiver that stops early must end ctx; otherwise the run waits for it
// for ever. A panic of the run is its last error, a *[future.PanicError], and so is a
// Goexit, as [future.ErrGoexit].
//
// Where the receiver can range over the items itself, use [Stream.All]: it is faster and
// needs no such care. In a task of the pool that the stages run on, ToChan would lend the
// task's slot while the task goes on working; use All there, too. ToChan panics if ctx is
// nil.
//
// The method [Stream.ToChan] does the same.
func ToChan[T any](ctx context.Context, s Stream[T]) <-chan future.Result[T] {
	needContext("ToChan", ctx)
	c := &channel[T]{outer: ctx, ch: make(chan future.Result[T], 1)}
	c.open(ctx)
	go produce(&c.boundary, s, c.send, c.close)
	return c.ch
}

// A channel is the boundary between a run and the receiver of its items. ch has room for
// one item, so that the last error need not wait for a receiver.
type channel[T any] struct {
	boundary
	outer context.Context // the caller's
	ch    chan future.Result[T]
}

func (c *channel[T]) send(v T, err error) bool {
	if c.outer.Err() == nil { // the select below would choose at random
		select {
		case c.ch <- future.Result[T]{Value: v, Err: err}:
			return true
		case <-c.outer.Done():
		}
	}
	c.cut.Store(true)
	return false
}

// close sends the last error, if there is one, and closes the channel.
func (c *channel[T]) close() {
	defer close(c.ch)
	defer c.end()
	switch e := c.exit.Load(); {
	case e != nil && e.panicked != nil:
		c.sendLast(e.panicked)
	case e != nil:
		c.sendLast(future.ErrGoexit)
	case c.cut.Load():
		c.sendLast(outcome.NotDone(c.outer))
	}
}

// sendLast waits for a receiver only while ctx goes on. After that the error
// takes the place of an item that nobody has received.
func (c *channel[T]) sendLast(err error) {
	last := future.Result[T]{Err: err}
	if c.outer.Err() == nil {
		select {
		case c.ch <- last:
			return
		case <-c.outer.Done():
		}
	}
	select {
	case <-c.ch:
	default:
	}
	c.ch <- last // there is room: nobody else sends
}
