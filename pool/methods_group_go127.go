//go:build go1.27

package pool

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
)

// Submit is [Submit] to the group.
func (g *Group) Submit[T any](ctx context.Context, fn func(context.Context) (T, error), opts ...millrace.TaskOption) *future.Future[T] {
	return Submit(ctx, g, fn, opts...)
}

// Go is [Go] on the group.
func (g *Group) Go(ctx context.Context, fn func(context.Context) error, opts ...millrace.TaskOption) *future.Future[struct{}] {
	return Go(ctx, g, fn, opts...)
}

// Then is [Then] on the group.
func (g *Group) Then[A, B any](ctx context.Context, f *future.Future[A], fn func(context.Context, A) (B, error), opts ...millrace.TaskOption) *future.Future[B] {
	return Then(ctx, g, f, fn, opts...)
}

// Map is [Map] on the group.
func (g *Group) Map[In, Out any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) iter.Seq2[Out, error] {
	return Map(ctx, g, in, fn, opts...)
}

// MapSlice is [MapSlice] on the group.
func (g *Group) MapSlice[In, Out any](ctx context.Context, in []In, fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) ([]Out, error) {
	return MapSlice(ctx, g, in, fn, opts...)
}

// ForEach is [ForEach] on the group.
func (g *Group) ForEach[In any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) error, opts ...millrace.MapOption) error {
	return ForEach(ctx, g, in, fn, opts...)
}

// ForN is [ForN] on the group.
func (g *Group) ForN(ctx context.Context, n int, fn func(ctx context.Context, i int) error, opts ...millrace.MapOption) error {
	return ForN(ctx, g, n, fn, opts...)
}

// Join is [Join] on the group.
func (g *Group) Join[A, B any](ctx context.Context, a func(context.Context) (A, error), b func(context.Context) (B, error)) (A, B, error) {
	return Join(ctx, g, a, b)
}

// First is [First] on the group.
func (g *Group) First[T any](ctx context.Context, fns ...func(context.Context) (T, error)) (T, error) {
	return First(ctx, g, fns...)
}

// Reduce is [Reduce] on the group.
func (g *Group) Reduce[T any](ctx context.Context, in []T, fn func(ctx context.Context, a, b T) (T, error), opts ...millrace.MapOption) (T, error) {
	return Reduce(ctx, g, in, fn, opts...)
}

// Scope is [Scope] on the group.
func (g *Group) Scope(ctx context.Context, fn func(ctx context.Context, g *Group) error, opts ...millrace.GroupOption) error {
	return Scope(ctx, g, fn, opts...)
}

// Group is [NewGroup] on the group.
func (g *Group) Group(ctx context.Context, opts ...millrace.GroupOption) *Group {
	return NewGroup(ctx, g, opts...)
}
