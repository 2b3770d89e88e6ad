package stream

import (
	"context"
	"iter"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/pool"
)

// This file is all that the package knows of the engine of parallel stages,
// package parallel.

// A loop is one run of the engine over its input.
type loop[A, B any] func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error]

// mapStage runs fn over the items of s, of a slice by index.
func mapStage[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) (B, error), opts []millrace.MapOption) pass[B] {
	x := scheduler(ex)
	return stage(x, s.each, opts, func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		if s.run == nil {
			return parallel.Slice(ctx, x, s.slice, fn, cfg)
		}
		return parallel.Seq(ctx, x, in, fn, cfg)
	})
}

// flatStage runs fn over the items of in, and passes on the items of its
// sequences.
func flatStage[A, B any](in pass[A], ex pool.Executor, fn func(context.Context, A) iter.Seq2[B, error], opts []millrace.MapOption) pass[B] {
	x := scheduler(ex)
	return stage(x, in, opts, func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Flat(ctx, x, in, fn, cfg)
	})
}

// keyedStage runs fn over the items of in, one at a time for each key.
func keyedStage[A any, K comparable, B any](in pass[A], ex pool.Executor, key func(A) K, fn func(context.Context, A) (B, error), opts []millrace.MapOption) pass[B] {
	x := scheduler(ex)
	return stage(x, in, opts, func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Keyed(ctx, x, in, key, fn, cfg)
	})
}

// stage returns the parallel stage that runs a loop over the items of in.
func stage[A, B any](x sched.Executor, in pass[A], opts []millrace.MapOption, run loop[A, B]) pass[B] {
	o := options.NewMap(opts)
	each := parallel.Config{
		Concurrency: o.Concurrency,
		Window:      o.Window,
		Unordered:   o.Unordered,
		PerItem:     o.PerItem,
		Task:        o.Task,
		Timeout:     func(d time.Duration) error { return &future.TimeoutError{After: d} },
	}
	parallel.CheckPerItem[A]("stream", each)
	return func(ctx context.Context, yield func(B, error) bool) bool {
		cfg := each
		inner, ended := cfg.Observe(ctx, x)
		defer ended()
		var above boundary
		above.open(inner) // the stages above find this one there
		defer above.end()
		cfg.Ending = above.end // the engine waits for its input, which may be blocked
		for b, err := range run(inner, input(&above, in), cfg) {
			if err != nil && ctx.Err() != nil {
				return true // the engine's last error; the sink makes its own
			}
			if !yield(b, err) {
				return false
			}
		}
		return ctx.Err() != nil && above.cut.Load()
	}
}

// input makes a pass the input of a loop, which ranges over it in a goroutine of
// its own and passes its panic or Goexit on.
func input[T any](b *boundary, in pass[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		returned := false
		defer func() {
			if returned {
				return
			}
			if value := recover(); value != nil {
				panic(asPanic(value))
			}
		}()
		if in(b.ctx, yield) {
			b.cut.Store(true)
		}
		returned = true
	}
}

// scheduler returns the pool or group that the engine takes slots of.
func scheduler(ex pool.Executor) sched.Executor {
	if g, ok := ex.(*pool.Group); ok {
		return (*sched.Group)(g)
	}
	return (*sched.Pool)(ex.(*pool.Pool))
}
