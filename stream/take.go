package stream

import "context"

// Take returns the first n items. With the nth the stages above end: they are
// not drained, and no further item is pulled. An error counts as an item, so
// that Take ends also what only fails. Take(0) runs nothing. It panics if n < 0.
func (s Stream[T]) Take(n int) Stream[T] {
	atLeast("Take", n, 0)
	if n == 0 {
		return Stream[T]{}
	}
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		left := n
		return s.each(ctx, func(v T, err error) bool {
			left--
			return yield(v, err) && left > 0
		})
	}}
}

// TakeWhile returns the items before the first that keep reports false for. At
// that one, which is dropped, the stages above end.
func (s Stream[T]) TakeWhile(keep func(T) bool) Stream[T] {
	needFunc("TakeWhile", keep == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		return s.each(ctx, func(v T, err error) bool {
			return (err != nil || keep(v)) && yield(v, err)
		})
	}}
}

// Skip returns what comes after the first n items. An error counts as an item,
// as in [Stream.Take], but is passed on: no error is lost. It panics if n < 0.
func (s Stream[T]) Skip(n int) Stream[T] {
	atLeast("Skip", n, 0)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		left := n
		return s.each(ctx, func(v T, err error) bool {
			if left > 0 {
				left--
				return err == nil || yield(v, err)
			}
			return yield(v, err)
		})
	}}
}
