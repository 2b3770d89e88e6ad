package stream

import "context"

// A Stream is the description of a pipeline that yields items of type T, which
// may have any size. It is an immutable value: it may be copied and extended in
// several directions. Any number of goroutines may run it at the same time if its
// source and its functions allow it. The zero value is an empty stream.
//
// What happens before a sink is called is seen by every function of the run, and
// what they do is seen by the caller when the sink returns.
type Stream[T any] struct {
	run pass[T] // nil: no items
}

// A pass is one run over a stream. It calls yield for every item, one at a
// time, until yield reports false or there are no more. It reports whether it
// was cut short: whether it left items out because ctx had ended. A pass that
// yield has stopped was not cut short.
//
// The pass reports this and does not yield it as an error. So there is one last
// error however many sources there are, Catch does not see it, and a run that was
// complete when its context ended has none.
//
// A pass is not an iter.Seq2: the checks that the compiler adds to a range over a
// function cost as much as a stage.
type pass[T any] func(ctx context.Context, yield func(T, error) bool) (cut bool)

// each is one pass over s.
func (s Stream[T]) each(ctx context.Context, yield func(T, error) bool) (cut bool) {
	return s.run != nil && s.run(ctx, yield)
}
