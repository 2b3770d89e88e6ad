//go:build go1.27

package pool

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
)

// Submit makes fn a task of the pool and returns its future. It is the function
// [Submit] as a method.
func (p *Pool) Submit[T any](ctx context.Context, fn func(context.Context) (T, error), opts ...millrace.TaskOption) *future.Future[T] {
	return Submit(ctx, p, fn, opts...)
}

// Go submits fn, a function without a result, as a task of the pool. It is the function
// [Go] as a method.
func (p *Pool) Go(ctx context.Context, fn func(context.Context) error, opts ...millrace.TaskOption) *future.Future[struct{}] {
	return Go(ctx, p, fn, opts...)
}

// Then submits fn to the pool, to run with the value of f once f has succeeded. It is the
// function [Then] as a method.
func (p *Pool) Then[A, B any](ctx context.Context, f *future.Future[A], fn func(context.Context, A) (B, error), opts ...millrace.TaskOption) *future.Future[B] {
	return Then(ctx, p, f, fn, opts...)
}

// Map returns a sequence of the results of fn for the items of in, in their order. It is
// the function [Map] as a method.
func (p *Pool) Map[In, Out any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) iter.Seq2[Out, error] {
	return Map(ctx, p, in, fn, opts...)
}

// MapSlice runs fn over the items of in and returns the results in their order, or the
// earliest error. It is the function [MapSlice] as a method.
func (p *Pool) MapSlice[In, Out any](ctx context.Context, in []In, fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) ([]Out, error) {
	return MapSlice(ctx, p, in, fn, opts...)
}

// ForEach runs fn over the items of in, for its effects, and returns the earliest error.
// It is the function [ForEach] as a method.
func (p *Pool) ForEach[In any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) error, opts ...millrace.MapOption) error {
	return ForEach(ctx, p, in, fn, opts...)
}

// ForN calls fn with 0, 1 … n-1, in parallel, and returns the earliest error. It is the
// function [ForN] as a method.
func (p *Pool) ForN(ctx context.Context, n int, fn func(ctx context.Context, i int) error, opts ...millrace.MapOption) error {
	return ForN(ctx, p, n, fn, opts...)
}

// Join runs a and b, in parallel if a worker is free, and returns both results. It is
// the function [Join] as a method.
func (p *Pool) Join[A, B any](ctx context.Context, a func(context.Context) (A, error), b func(context.Context) (B, error)) (A, B, error) {
	return Join(ctx, p, a, b)
}

// First runs all fns at once, returns the first result without an error, and cancels the
// others. It is the function [First] as a method.
func (p *Pool) First[T any](ctx context.Context, fns ...func(context.Context) (T, error)) (T, error) {
	return First(ctx, p, fns...)
}

// Reduce combines the items of in with fn, which is associative, in parallel. It is the
// function [Reduce] as a method.
func (p *Pool) Reduce[T any](ctx context.Context, in []T, fn func(ctx context.Context, a, b T) (T, error), opts ...millrace.MapOption) (T, error) {
	return Reduce(ctx, p, in, fn, opts...)
}

// Scope calls fn with a new group on the pool, and waits for all of its members. It is
// the function [Scope] as a method.
func (p *Pool) Scope(ctx context.Context, fn func(ctx context.Context, g *Group) error, opts ...millrace.GroupOption) error {
	return Scope(ctx, p, fn, opts...)
}

// Group returns a new group on the pool. It is the function [NewGroup] as a method.
func (p *Pool) Group(ctx context.Context, opts ...millrace.GroupOption) *Group {
	return NewGroup(ctx, p, opts...)
}
