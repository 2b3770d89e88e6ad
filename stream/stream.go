package stream

import "context"

// A Stream is the description of a pipeline that yields items of type T. It is
// an immutable value: it may be copied, extended in several directions and run
// by any number of goroutines at once, as far as its source and its functions
// may. The zero value is empty.
type Stream[T any] struct {
	run   pass[T] // nil: the items of slice
	slice []T
}

// A pass is one run over a stream. It calls yield for every item, one at a
// time, until yield reports false or there are no more. It reports whether it
// was cut short: whether it left items out because ctx has ended. A pass that
// yield has stopped is not.
//
// That it is reported, and not yielded as an error, is what makes it one last
// error however many sources there are, keeps Catch out of it, and tells a run
// that was complete when its context ended from one that was not.
//
// Passes are not written as iter.Seq2 and range statements: the checks the
// compiler adds to a range over a function cost as much as a stage.
type pass[T any] func(ctx context.Context, yield func(T, error) bool) (cut bool)

// each is one pass over s.
func (s Stream[T]) each(ctx context.Context, yield func(T, error) bool) (cut bool) {
	if s.run != nil {
		return s.run(ctx, yield)
	}
	for _, v := range s.slice {
		if ctx.Err() != nil {
			return true
		}
		if !yield(v, nil) {
			return false
		}
	}
	return false
}
