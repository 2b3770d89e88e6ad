package stream

import "context"

// Transform returns fn of each item. It runs inline, for functions that are too
// cheap for [Map]. An error of fn takes the item's place, with the value that fn
// returned. Transform panics if fn is nil.
func Transform[A, B any](s Stream[A], fn func(A) (B, error)) Stream[B] {
	needFunc("Transform", fn == nil)
	return Stream[B]{run: func(ctx context.Context, yield func(B, error) bool) bool {
		return s.each(ctx, func(a A, err error) bool {
			if err != nil {
				var zero B
				return yield(zero, err)
			}
			return yield(fn(a))
		})
	}}
}

// Filter returns the items for which keep reports true. It runs inline, and
// panics if keep is nil.
func (s Stream[T]) Filter(keep func(T) bool) Stream[T] {
	needFunc("Filter", keep == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		return s.each(ctx, func(v T, err error) bool {
			return err == nil && !keep(v) || yield(v, err)
		})
	}}
}

// Tap returns the items of s and calls fn with each before it is passed on. It
// runs inline, and panics if fn is nil.
func (s Stream[T]) Tap(fn func(T)) Stream[T] {
	needFunc("Tap", fn == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		return s.each(ctx, func(v T, err error) bool {
			if err == nil {
				fn(v)
			}
			return yield(v, err)
		})
	}}
}

// Catch calls fn with each error and puts what fn returns in the error's place:
//
//   - an error, if fn returns one;
//   - an item, if fn returns true;
//   - nothing, if fn returns false.
//
// When the context of a run ends, the sink makes a last error, which fn does not see.
// Catch runs inline, and panics if fn is nil.
func (s Stream[T]) Catch(fn func(error) (T, bool, error)) Stream[T] {
	needFunc("Catch", fn == nil)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		return s.each(ctx, func(v T, err error) bool {
			if err == nil {
				return yield(v, nil)
			}
			v, ok, err := fn(err)
			if err == nil && !ok {
				return true
			}
			return yield(v, err)
		})
	}}
}

// Scan is a [Reduce] that returns every result, for example a running sum. It calls
// fn with the last result, which at first is init, and the item. An error of fn
// takes the item's place and leaves the last result as it was. Each run begins
// with init, so fn must not write to memory that init refers to. Scan runs inline,
// and panics if fn is nil.
func Scan[T, R any](s Stream[T], init R, fn func(R, T) (R, error)) Stream[R] {
	needFunc("Scan", fn == nil)
	return Stream[R]{run: func(ctx context.Context, yield func(R, error) bool) bool {
		acc := init
		return s.each(ctx, func(v T, err error) bool {
			if err != nil {
				var zero R
				return yield(zero, err)
			}
			r, err := fn(acc, v)
			if err == nil {
				acc = r
			}
			return yield(r, err)
		})
	}}
}

// Flatten returns the items of the slices, in order. It runs inline.
func Flatten[T any](s Stream[[]T]) Stream[T] {
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		return s.each(ctx, func(batch []T, err error) bool {
			if err != nil {
				var zero T
				return yield(zero, err)
			}
			for _, v := range batch {
				if !yield(v, nil) {
					return false
				}
			}
			return true
		})
	}}
}
