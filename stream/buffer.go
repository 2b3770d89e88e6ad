package stream

import "context"

// Buffer runs the stages above in a goroutine of their own, at most n items ahead of what
// was passed on. It is for a source and a sink that are fast at different times, and
// costs each item a hop between goroutines. Parallel stages run ahead by themselves and
// need no buffer.
//
// Memory is taken for the items that are there, not for n: Buffer(math.MaxInt) has no
// bound. Buffer panics if n < 1.
func (s Stream[T]) Buffer(n int) Stream[T] {
	atLeast("Buffer", n, 1)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		q := &queue[T]{n: int64(n)}
		return runAhead(ctx, &q.buffered, s, q.put, func() bool { return q.deliver(yield) })
	}}
}
