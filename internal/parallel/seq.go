package parallel

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/sched"
)

// Seq yields fn of each item of in, and its errors in their places.
func Seq[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := newRun[A, B](ctx, ex, cfg, nil)
		r.fn = fn
		r.loop(in, yield)
	}
}

// Slice is Seq over the items of a slice, which hands take by their index.
func Slice[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	if len(in) == 0 {
		return func(func(B, error) bool) {}
	}
	return func(yield func(B, error) bool) {
		r := newRun[A, B](ctx, ex, cfg, in)
		r.fn = fn
		r.loop(nil, yield)
	}
}

// ForEach runs fn with each item of in. It returns the first error in time, which
// ends it.
func ForEach[A any](ctx context.Context, ex sched.Executor, in iter.Seq[A], fn func(context.Context, A) error, cfg Config) (first error) {
	cfg.Unordered = true
	r := newRun[A, struct{}](ctx, ex, cfg, nil)
	r.fast = true
	r.fn = func(ctx context.Context, a A) (struct{}, error) { return struct{}{}, fn(ctx, a) }
	r.loop(WithoutErrors(in), func(_ struct{}, err error) bool {
		if first = err; err != nil && r.failing != noItem {
			first = cfg.Item(int(r.failing), err)
		}
		return err == nil
	})
	return first
}

// WithoutErrors returns a sequence as the engine takes it.
func WithoutErrors[A any](in iter.Seq[A]) iter.Seq2[A, error] {
	return func(yield func(A, error) bool) {
		in(func(a A) bool { return yield(a, nil) })
	}
}
