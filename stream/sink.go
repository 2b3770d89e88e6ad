package stream

import (
	"cmp"
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/outcome"
)

// All returns the items and errors of s. Each range over it is a run, which goes on after
// an error. break, return, a panic and a Goexit in the loop body end all stages, and
// control leaves the loop statement when these have ended. When ctx ends before the run
// is complete, one last error is yielded and nothing else. It is [future.ErrNotDone], and
// wraps ctx.Err() and the context's cause. All panics if ctx is nil.
func (s Stream[T]) All(ctx context.Context) iter.Seq2[T, error] {
	needContext("All", ctx)
	return func(yield func(T, error) bool) {
		if err := s.sink(ctx, yield); err != nil {
			var zero T
			yield(zero, err)
		}
	}
}

// sink is a run of s. It returns an error if ctx has ended the run; yield is not
// called after the end of ctx.
func (s Stream[T]) sink(ctx context.Context, yield func(T, error) bool) error {
	late := false
	cut := s.each(ctx, func(v T, err error) bool {
		// Sources watch ctx, but a stage may have any number of items left.
		if ctx.Err() != nil {
			late = true
			return false
		}
		return yield(v, err)
	})
	if cut || late {
		return outcome.NotDone(ctx)
	}
	return nil
}

// ForEach calls fn with each item, in order and one at a time, in the caller's
// goroutine. The first error, of s or of fn, ends the run and is returned. If ctx
// ends first, the error is [future.ErrNotDone], as in [Stream.All]. ForEach blocks
// until all stages have ended. To run a function in parallel use [Map] and
// [Stream.Drain]. ForEach panics if ctx or fn is nil.
func (s Stream[T]) ForEach(ctx context.Context, fn func(T) error) error {
	needContext("ForEach", ctx)
	needFunc("ForEach", fn == nil)
	return s.forEach(ctx, fn)
}

func (s Stream[T]) forEach(ctx context.Context, fn func(T) error) error {
	var first error
	late := s.sink(ctx, func(v T, err error) bool {
		if err == nil {
			err = fn(v)
		}
		first = err
		return err == nil
	})
	return cmp.Or(first, late)
}

// Collect returns all items, in the order of s; nil if there are none. The first error
// ends the run and is returned with the items before it. Errors and blocking are as in
// [Stream.ForEach]. Collect panics if ctx is nil.
func (s Stream[T]) Collect(ctx context.Context) ([]T, error) {
	needContext("Collect", ctx)
	var all []T
	err := s.forEach(ctx, func(v T) error {
		all = append(all, v)
		return nil
	})
	return all, err
}

// First returns the first item and true, or false if there is none, and ends the stages
// above; inline stages pull no further item. An error that comes before the first item is
// returned, with false. Errors and blocking are as in [Stream.ForEach]. First panics if
// ctx is nil.
func (s Stream[T]) First(ctx context.Context) (v T, ok bool, err error) {
	needContext("First", ctx)
	late := s.sink(ctx, func(item T, e error) bool {
		if err = e; e == nil {
			v, ok = item, true
		}
		return false
	})
	if late != nil {
		err = late
	}
	return v, ok, err
}

// Count returns the number of items. The first error ends the run and is returned with
// the number so far. Errors and blocking are as in [Stream.ForEach]. Count panics if ctx
// is nil.
func (s Stream[T]) Count(ctx context.Context) (int, error) {
	needContext("Count", ctx)
	n := 0
	err := s.forEach(ctx, func(T) error {
		n++
		return nil
	})
	return n, err
}

// Drain runs s for the effects of its functions and drops the items. Errors and blocking
// are as in [Stream.ForEach]. Drain panics if ctx is nil.
func (s Stream[T]) Drain(ctx context.Context) error {
	needContext("Drain", ctx)
	return s.forEach(ctx, func(T) error { return nil })
}
