//go:build go1.27

package pool

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
)

// Submit is [Submit] to the pool.
func (p *Pool) Submit[T any](ctx context.Context, fn func(context.Context) (T, error), opts ...millrace.TaskOption) *future.Future[T] {
	return Submit(ctx, p, fn, opts...)
}

// Go is [Go] on the pool.
func (p *Pool) Go(ctx context.Context, fn func(context.Context) error, opts ...millrace.TaskOption) *future.Future[struct{}] {
	return Go(ctx, p, fn, opts...)
}

// Then is [Then] on the pool.
func (p *Pool) Then[A, B any](ctx context.Context, f *future.Future[A], fn func(context.Context, A) (B, error), opts ...millrace.TaskOption) *future.Future[B] {
	return Then(ctx, p, f, fn, opts...)
}

// Map is [Map] on the pool.
func (p *Pool) Map[In, Out any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) iter.Seq2[Out, error] {
	return Map(ctx, p, in, fn, opts...)
}

// MapSlice is [MapSlice] on the pool.
func (p *Pool) MapSlice[In, Out any](ctx context.Context, in []In, fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) ([]Out, error) {
	return MapSlice(ctx, p, in, fn, opts...)
}

// ForEach is [ForEach] on the pool.
func (p *Pool) ForEach[In any](ctx context.Context, in iter.Seq[In], fn func(context.Context, In) error, opts ...millrace.MapOption) error {
	return ForEach(ctx, p, in, fn, opts...)
}

// ForN is [ForN] on the pool.
func (p *Pool) ForN(ctx context.Context, n int, fn func(ctx context.Context, i int) error, opts ...millrace.MapOption) error {
	return ForN(ctx, p, n, fn, opts...)
}

// Join is [Join] on the pool.
func (p *Pool) Join[A, B any](ctx context.Context, a func(context.Context) (A, error), b func(context.Context) (B, error)) (A, B, error) {
	return Join(ctx, p, a, b)
}

// First is [First] on the pool.
func (p *Pool) First[T any](ctx context.Context, fns ...func(context.Context) (T, error)) (T, error) {
	return First(ctx, p, fns...)
}

// Reduce is [Reduce] on the pool.
func (p *Pool) Reduce[T any](ctx context.Context, in []T, fn func(ctx context.Context, a, b T) (T, error), opts ...millrace.MapOption) (T, error) {
	return Reduce(ctx, p, in, fn, opts...)
}

// Scope is [Scope] on the pool.
func (p *Pool) Scope(ctx context.Context, fn func(ctx context.Context, g *Group) error, opts ...millrace.GroupOption) error {
	return Scope(ctx, p, fn, opts...)
}

// Group is [NewGroup] on the pool.
func (p *Pool) Group(ctx context.Context, opts ...millrace.GroupOption) *Group {
	return NewGroup(ctx, p, opts...)
}
