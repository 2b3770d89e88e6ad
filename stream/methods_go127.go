//go:build go1.27

package stream

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Map returns fn of each item, in order; fn runs on ex. It is the function [Map] as a
// method.
func (s Stream[T]) Map[B any](ex pool.Executor, fn func(context.Context, T) (B, error), opts ...millrace.MapOption) Stream[B] {
	return Map(s, ex, fn, opts...)
}

// FilterMap is Map for a function that also reports whether its result is to be kept. It
// is the function [FilterMap] as a method.
func (s Stream[T]) FilterMap[B any](ex pool.Executor, fn func(context.Context, T) (B, bool, error), opts ...millrace.MapOption) Stream[B] {
	return FilterMap(s, ex, fn, opts...)
}

// FlatMap returns the items of the sequences that fn returns; fn runs on ex. It is the
// function [FlatMap] as a method.
func (s Stream[T]) FlatMap[B any](ex pool.Executor, fn func(context.Context, T) iter.Seq2[B, error], opts ...millrace.MapOption) Stream[B] {
	return FlatMap(s, ex, fn, opts...)
}

// MapKeyed is Map, but items of equal key run one at a time, in order. It is the
// function [MapKeyed] as a method.
func (s Stream[T]) MapKeyed[K comparable, B any](ex pool.Executor, key func(T) K, fn func(context.Context, T) (B, error), opts ...millrace.MapOption) Stream[B] {
	return MapKeyed(s, ex, key, fn, opts...)
}

// Transform returns fn of each item; it runs inline. It is the function [Transform] as a
// method.
func (s Stream[T]) Transform[B any](fn func(T) (B, error)) Stream[B] {
	return Transform(s, fn)
}

// Scan returns each result of fn, which it calls with the result before and the item. It
// is the function [Scan] as a method.
func (s Stream[T]) Scan[R any](init R, fn func(R, T) (R, error)) Stream[R] {
	return Scan(s, init, fn)
}

// Reduce combines all items into one result. It is the function [Reduce] as a method.
func (s Stream[T]) Reduce[R any](ctx context.Context, init R, fn func(R, T) (R, error)) (R, error) {
	return Reduce(ctx, s, init, fn)
}

// ReduceByKey combines the items of each key into one result; fn runs on ex. It is the
// function [ReduceByKey] as a method.
func (s Stream[T]) ReduceByKey[K comparable, R any](
	ctx context.Context, ex pool.Executor,
	key func(T) K, init func(K) R, fn func(context.Context, R, T) (R, error),
	opts ...millrace.MapOption,
) (map[K]R, error) {
	return ReduceByKey(ctx, s, ex, key, init, fn, opts...)
}

// ToChan starts a run in a goroutine of its own and returns a channel of its items and
// errors. It is the function [ToChan] as a method. Its type parameter is always inferred.
// It makes the compiler compile the method only where it is called: so a Stream of items
// that are too large for a channel can be used, too.
func (s Stream[T]) ToChan[C interface{ <-chan future.Result[T] }](ctx context.Context) C {
	return C(ToChan(ctx, s))
}
