package parallel

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/sched"
)

// Seq yields fn of each item of in, and its errors in their places.
func Seq[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := &run[A, B]{fn: fn}
		r.init(ctx, ex, cfg, r, maxBlock)
		out := newResults[B](&r.loop, r.size())
		r.out = out
		r.feed(in, r.submit)
		out.run(yield)
	}
}

// ForEach runs fn with each item of in. The earliest error ends it, and is the
// result.
func ForEach[A any](ctx context.Context, ex sched.Executor, in iter.Seq[A], fn func(context.Context, A) error, cfg Config) error {
	call := func(ctx context.Context, a A) (struct{}, error) { return struct{}{}, fn(ctx, a) }
	return into(ctx, ex, in, call, nil, cfg)
}

// into runs fn with each item of in and puts the results into a slice, if that is not nil.
func into[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq[A], fn Func[A, B], to []B, cfg Config) error {
	r := &run[A, B]{fn: fn}
	r.failFast = true
	r.init(ctx, ex, cfg, r, maxBlock)
	out := &tally[B]{loop: &r.loop, out: to}
	r.out = out
	r.feed(WithoutErrors(in), r.submit)
	return out.run()
}

// WithoutErrors returns a sequence as the engine takes it.
func WithoutErrors[A any](in iter.Seq[A]) iter.Seq2[A, error] {
	return func(yield func(A, error) bool) {
		for a := range in { // not a call of in: this panics if in goes on when it was told to end
			if !yield(a, nil) {
				return
			}
		}
	}
}
