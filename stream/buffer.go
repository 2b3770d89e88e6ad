package stream

import "context"

// Buffer runs the stages above in a goroutine of their own, at most n items
// ahead of what was passed on: it takes the edge off a source and a sink that
// are uneven, and costs an item a hop between goroutines. Parallel stages run
// ahead by themselves and need none. It panics if n < 1.
func (s Stream[T]) Buffer(n int) Stream[T] {
	atLeast("Buffer", n, 1)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		var p pump[T]
		p.start(ctx, n-1, s) // the nth is in the hands of the sender
		return p.pass(yield)
	}}
}
