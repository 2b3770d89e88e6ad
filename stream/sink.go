package stream

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/cell"
)

// All returns the items and errors of s; each range over it is a run. It goes
// on after an error. break, return, a panic and Goexit in the loop body end all
// stages, and the loop statement is left when they have ended. When ctx ends,
// one last error is yielded, which is [future.ErrNotDone] and wraps its cause;
// nothing else is yielded after ctx has ended. It panics if ctx is nil.
func (s Stream[T]) All(ctx context.Context) iter.Seq2[T, error] {
	needContext("All", ctx)
	return func(yield func(T, error) bool) {
		if err := s.sink(ctx, yield); err != nil {
			var zero T
			yield(zero, err)
		}
	}
}

// sink is a run of s. It returns the error of a run that ctx has ended, and
// what yield is not called for after that.
func (s Stream[T]) sink(ctx context.Context, yield func(T, error) bool) error {
	late := false
	cut := s.each(ctx, func(v T, err error) bool {
		// Sources look at ctx, but a stage may have any number of items left.
		if ctx.Err() != nil {
			late = true
			return false
		}
		return yield(v, err)
	})
	if cut || late {
		return cell.NotDone(ctx)
	}
	return nil
}

// ForEach calls fn with each item, in order and one at a time, in the caller's
// goroutine. It returns the first error, of s or of fn, which ends the run; the
// end of ctx is one, see [Stream.All]. It blocks until all stages have ended.
// For work worth doing in parallel put it in a [Map], and end with
// [Stream.Drain].
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
	if first != nil {
		return first
	}
	return late
}

// Collect returns all items. The first error ends the run and is returned with
// the items before it. Errors and blocking are those of [Stream.ForEach].
func (s Stream[T]) Collect(ctx context.Context) ([]T, error) {
	needContext("Collect", ctx)
	var all []T
	err := s.forEach(ctx, func(v T) error {
		all = append(all, v)
		return nil
	})
	return all, err
}

// First returns the first item and true, and ends the stages above without
// pulling another; false if there is none. If an error comes first it is
// returned. Blocking is that of [Stream.ForEach].
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

// Count returns how many items there are. The first error ends the run and is
// returned with the count so far. Errors and blocking are those of
// [Stream.ForEach].
func (s Stream[T]) Count(ctx context.Context) (int, error) {
	needContext("Count", ctx)
	n := 0
	err := s.forEach(ctx, func(T) error {
		n++
		return nil
	})
	return n, err
}

// Drain runs s for what its functions do. Errors and blocking are those of
// [Stream.ForEach].
func (s Stream[T]) Drain(ctx context.Context) error {
	needContext("Drain", ctx)
	return s.forEach(ctx, func(T) error { return nil })
}
