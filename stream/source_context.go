package stream

import (
	"context"
	"io"
	"iter"
)

// FromFunc returns the items that next returns, until its error is io.EOF. Any other
// error is an item, and next is called again: a source that can only fail from then on
// must return io.EOF after its error. An error that wraps io.EOF is an error like any
// other.
//
// The context that next is given ends with the run, in every pipeline, so next may block
// on it. After the end of the context next is not called again, and what it returns is
// dropped. Then the run counts as cut short even if next returns io.EOF, since the
// context may be the reason.
//
// One run calls next from one goroutine at a time. Runs share next: a next that has state
// makes a stream for one run, and two runs at the same time call it at the same time.
// [From] makes a source for each run. FromFunc panics if next is nil.
func FromFunc[T any](next func(context.Context) (T, error)) Stream[T] {
	needFunc("FromFunc", next == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		source, cancel := context.WithCancelCause(ctx)
		defer cancel(errOver)
		for ctx.Err() == nil {
			v, err := next(source)
			if ctx.Err() != nil {
				return true // also of io.EOF, which may be there because of that
			}
			if err == io.EOF { // not errors.Is: an error that wraps it may come from inside an item
				return false
			}
			if !yield(v, err) {
				return false
			}
		}
		return true
	}}
}

// From returns the items and errors of a sequence that source makes anew for each run. It
// is the source for a file, a query or a subscription, which each run opens and closes.
// The context that source is given ends with the run, in every pipeline; a sequence that
// blocks should watch it, because the end of a run waits until the sequence has returned.
//
// After the end of the run's context no item of the sequence is delivered. Then the run
// counts as cut short even if the sequence ends by itself, since the context may be the
// reason.
//
// From panics if source is nil; a run panics if source returns nil.
func From[T any](source func(context.Context) iter.Seq2[T, error]) Stream[T] {
	needFunc("From", source == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		if ctx.Err() != nil {
			return true
		}
		own, cancel := context.WithCancelCause(ctx)
		defer cancel(errOver)
		seq := source(own)
		if seq == nil {
			panic("stream: From: the source returned a nil sequence")
		}
		for v, err := range seq {
			if ctx.Err() != nil {
				return true
			}
			if !yield(v, err) {
				return false
			}
		}
		return ctx.Err() != nil
	}}
}
