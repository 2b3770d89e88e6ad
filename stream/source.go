package stream

import (
	"context"
	"iter"
)

// FromSlice returns the items of a slice, which must not be written to while
// the stream runs. A nil slice is an empty stream.
func FromSlice[T any](items []T) Stream[T] {
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		for _, v := range items {
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

// FromSeq returns the items of seq. Each run ranges over seq anew, so a sequence that can
// be used only once makes a stream that can be run once; runs at the same time range over
// it at the same time. If the context has ended before a run, the run does not call seq.
//
// The end of a run waits until seq has produced its current item. For a sequence that may
// block use [From], which gives it the context of the run. If seq watches a context of
// its own and ends early because of that, the run may take the stream for complete.
// FromSeq panics if seq is nil.
func FromSeq[T any](seq iter.Seq[T]) Stream[T] {
	if seq == nil {
		panic("stream: FromSeq: nil sequence")
	}
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		if ctx.Err() != nil {
			return true
		}
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

// FromSeq2 is [FromSeq] for a sequence of items and errors, such as pool.Map or
// another stream's All. Where the error is not nil the item is an error.
func FromSeq2[T any](seq iter.Seq2[T, error]) Stream[T] {
	if seq == nil {
		panic("stream: FromSeq2: nil sequence")
	}
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		if ctx.Err() != nil {
			return true
		}
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

// FromChan returns what is received from ch until ch is closed. The wait for the next
// item also ends with the run. Runs of the stream share the channel: each item goes to
// one of them.
//
// If a run ends early, an item that was received and not delivered is lost. Only stages
// that run ahead receive more than they deliver: parallel stages, Buffer, Batch with a
// wait, Merge and Zip.
//
// If the sender closes ch early, because of a context that it watches, the run may take
// the stream for complete. Use [From] or [FromFunc] then: they give the sender the
// context of the run. FromChan panics if ch is nil.
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
