package stream

import (
	"context"
	"io"
	"iter"
)

// FromSlice returns the items of a slice, which must not be written to while
// the stream runs. It is the fastest source of a parallel stage: workers take
// items by index, and no goroutine feeds them.
func FromSlice[T any](items []T) Stream[T] { return Stream[T]{slice: items} }

// FromSeq returns the items of seq, which each run ranges over anew; so a
// sequence that can be used only once makes a stream that can be run once. The
// end of a run waits for seq to come back with its current item: one that blocks
// should watch a context of its own, or better be a [FromFunc]. It panics if seq
// is nil.
func FromSeq[T any](seq iter.Seq[T]) Stream[T] {
	if seq == nil {
		panic("stream: FromSeq: nil sequence")
	}
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		for v := range seq {
			if ctx.Err() != nil {
				return true
			}
			if !yield(v, nil) {
				return false
			}
		}
		return false
	}}
}

// FromSeq2 is [FromSeq] for a sequence of items and errors, such as another
// stream's All or pool.Map: where the error is not nil the item is an error.
func FromSeq2[T any](seq iter.Seq2[T, error]) Stream[T] {
	if seq == nil {
		panic("stream: FromSeq2: nil sequence")
	}
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		for v, err := range seq {
			if ctx.Err() != nil {
				return true
			}
			if !yield(v, err) {
				return false
			}
		}
		return false
	}}
}

// FromChan returns what is received from ch until it is closed. The end of the
// run ends the wait for the next item. Runs of the stream share the channel: each
// item goes to one of them. An item that was received and not delivered when the
// run ended early is lost; only stages that run ahead (the parallel ones,
// Buffer, Batch with a wait, Merge, Zip) receive more than they deliver. It panics if ch is nil.
func FromChan[T any](ch <-chan T) Stream[T] {
	if ch == nil {
		panic("stream: FromChan: nil channel")
	}
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		done := ctx.Done()
		for {
			if ctx.Err() != nil { // the select below would choose at random
				return true
			}
			select {
			case v, ok := <-ch:
				if !ok || !yield(v, nil) {
					return false
				}
			case <-done:
				return true
			}
		}
	}}
}

// FromFunc returns what next returns, until its error is [io.EOF]. Any other
// error is an item, and next is called again: one that can only fail from then
// on must return io.EOF after its error. The context ends with the run, so next
// may block on it; what it returns after that is dropped. It is called by one
// goroutine at a time. It panics if next is nil.
func FromFunc[T any](next func(context.Context) (T, error)) Stream[T] {
	needFunc("FromFunc", next == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		for ctx.Err() == nil {
			v, err := next(ctx)
			if err == io.EOF { // an error that wraps it is one that happened at the end of something else
				return false
			}
			if ctx.Err() != nil {
				return true
			}
			if !yield(v, err) {
				return false
			}
		}
		return true
	}}
}
