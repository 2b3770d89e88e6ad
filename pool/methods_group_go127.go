//go:build go1.27

package pool

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
)

// Submit makes fn a task of the group and returns its future. It is the function
// [Submit] as a method.
func (g *Group) Submit[T any](ctx context.Context, fn func(context.Context) (T, error), opts ...millrace.TaskOption) *future.Future[T] {
	return Submit(ctx, g, fn, opts...)
}

// Go submits fn, a function without a result, as a task of the group. It is the function
// [Go] as a method.
func (g *Group) Go(ctx context.Context, fn func(context.Context) error, opts ...millrace.TaskOption) *future.Future[struct{}] {
	return Go(ctx, g, fn, opts...)
}

// Then submits fn to the group, to run with the value of f once f has succeeded. It is
// the function [Then] as a method.
func (g *Group) Then[A, B any](ctx context.Context, f *future.Future[A], fn func(context.Context, A) (B, error), opts ...millrace.TaskOption) *future.Future[B] {
	return Then(ctx, g, f, fn, opts...)
}

// Map returns a sequence of the results of fn for the items of in, in their order. It is
// the function [Map] as a method.
func (g *Group) Map[In, Out any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) iter.Seq2[Out, error] {
	return Map(ctx, g, in, fn, opts...)
}

// MapSlice runs fn over the items of in and returns the results in their order, or the
// earliest error. It is the function [MapSlice] as a method.
func (g *Group) MapSlice[In, Out any](ctx context.Context, in []In, fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) ([]Out, error) {
	return MapSlice(ctx, g, in, fn, opts...)
}

// ForEach runs fn over the items of in, for its effects, and returns the earliest error.
// It is the function [ForEach] as a method.
func (g *Group) ForEach[In any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) error, opts ...millrace.MapOption) error {
	return ForEach(ctx, g, in, fn, opts...)
}

// ForN calls fn with 0, 1 … n-1, in parallel, and returns the earliest error. It is the
// function [ForN] as a method.
func (g *Group) ForN(ctx context.Context, n int, fn func(ctx context.Context, i int) error, opts ...millrace.MapOption) error {
	return ForN(ctx, g, n, fn, opts...)
}

// Join runs a and b, in parallel if a worker is free, and returns both results. It is
// the function [Join] as a method.
func (g *Group) Join[A, B any](ctx context.Context, a func(context.Context) (A, error), b func(context.Context) (B, error)) (A, B, error) {
	return Join(ctx, g, a, b)
}

// First runs all fns at once, returns the first result without an error, and cancels the
// others. It is the function [First] as a method.
func (g *Group) First[T any](ctx context.Context, fns ...func(context.Context) (T, error)) (T, error) {
	return First(ctx, g, fns...)
}

// Reduce combines the items of in with fn, which is associative, in parallel. It is the
// function [Reduce] as a method.
func (g *Group) Reduce[T any](ctx context.Context, in []T, fn func(ctx context.Context, a, b T) (T, error), opts ...millrace.MapOption) (T, error) {
	return Reduce(ctx, g, in, fn, opts...)
}

// Scope calls fn with a new group over the group, and waits for all of its members. It
// is the function [Scope] as a method.
func (g *Group) Scope(ctx context.Context, fn func(ctx context.Context, g *Group) error, opts ...millrace.GroupOption) error {
	return Scope(ctx, g, fn, opts...)
}

// Group returns a new group over the group, whose members are members of both. It is the
// function [NewGroup] as a method.
func (g *Group) Group(ctx context.Context, opts ...millrace.GroupOption) *Group {
	return NewGroup(ctx, g, opts...)
}
