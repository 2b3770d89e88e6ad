package stream

import "context"

// Take returns the first n items. After the nth the stages above end: no further
// item is pulled, and they are not drained. An error counts as an item, so Take
// also ends a source that only fails. Take(0) runs nothing. Take runs inline, and
// panics if n < 0.
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

// TakeWhile returns the items before the first one for which keep reports false.
// That item is dropped, and the stages above end. Errors are passed on. TakeWhile
// runs inline, and panics if keep is nil.
func (s Stream[T]) TakeWhile(keep func(T) bool) Stream[T] {
	needFunc("TakeWhile", keep == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		return s.each(ctx, func(v T, err error) bool {
			return (err != nil || keep(v)) && yield(v, err)
		})
	}}
}

// Skip returns what comes after the first n items. An error counts as an item,
// as in [Stream.Take], but it is passed on, so that no error is lost. Skip runs
// inline, and panics if n < 0.
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
