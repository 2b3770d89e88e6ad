package stream

import (
	"context"
	"iter"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/pool"
)

// Only this file uses the engine of parallel stages, package parallel.

// A loop is one run of the engine over its input, with the slots of x.
type loop[A, B any] func(ctx context.Context, x sched.Executor, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error]

// A job is what a parallel stage is made of, beside its input and its function.
type job struct {
	call string // the exported function, for panics
	ex   pool.Executor
	opts []millrace.MapOption
	fn   any // the caller's function, which the stage's function may wrap
}

// mapStage runs fn over the items of in.
func mapStage[A, B any](in pass[A], j job, fn func(context.Context, A) (B, error)) pass[B] {
	return stage(in, j, func(ctx context.Context, x sched.Executor, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Seq(ctx, x, in, fn, cfg)
	})
}

// flatStage runs fn over the items of in, and passes on the items of its
// sequences.
func flatStage[A, B any](in pass[A], j job, fn func(context.Context, A) iter.Seq2[B, error]) pass[B] {
	return stage(in, j, func(ctx context.Context, x sched.Executor, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Flat(ctx, x, in, fn, cfg)
	})
}

// keyedStage runs fn over the items of in, one at a time for each key.
func keyedStage[A any, K comparable, B any](in pass[A], j job, key func(A) K, fn func(context.Context, A) (B, error)) pass[B] {
	return stage(in, j, func(ctx context.Context, x sched.Executor, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Keyed(ctx, x, in, key, fn, cfg)
	})
}

// stage returns the parallel stage that runs a loop over the items of in.
func stage[A, B any](in pass[A], j job, run loop[A, B]) pass[B] {
	each, x := config[A](j), scheduler(j.ex)
	return func(ctx context.Context, yield func(B, error) bool) bool {
		cfg := each
		inner, above, end := begin(ctx, x, &cfg)
		defer end()
		for b, err := range run(inner, x, input(above, in), cfg) {
			if err != nil && ctx.Err() != nil {
				return true // the engine's last error; the sink makes its own
			}
			if !yield(b, err) {
				return false
			}
		}
		return false
	}
}

// eachKeyed is a run of fn over the items of in, one at a time for each key. It returns the
// first error.
func eachKeyed[A any, K comparable](ctx context.Context, in pass[A], j job, key func(A) K, fn func(context.Context, A) (struct{}, error)) error {
	cfg, x := config[A](j), scheduler(j.ex)
	cfg.Item = func(_ int, err error) error { return err }
	inner, above, end := begin(ctx, x, &cfg)
	defer end()
	return parallel.EachKeyed(inner, x, input(above, in), key, fn, cfg)
}

// begin returns the context of a run of a parallel stage, and the boundary between the stage and
// those above it. end is to be called when the run has ended.
func begin(ctx context.Context, x sched.Executor, cfg *parallel.Config) (inner context.Context, above *boundary, end func()) {
	inner, ended := cfg.Observe(ctx, x)
	above = new(boundary)
	above.open(inner)      // the stages above find this one there
	cfg.Ending = above.end // the engine waits for its input, which may be blocked
	return inner, above, func() { above.end(); ended() }
}

// config returns how the engine is to run a stage over items of type A. It panics
// if there are options for items of another type.
func config[A any](j job) parallel.Config {
	return parallel.NewConfig[A]("stream", j.call, j.fn, j.opts)
}

// within returns the options for items of type A as options for what holds such
// an item: only options of one item differ.
func within[A, M any](j job, item func(M) A) []millrace.MapOption {
	of, ok := config[A](j).PerItem.(func(A) []millrace.TaskOption)
	if !ok {
		return j.opts
	}
	return append(slices.Clip(j.opts), millrace.PerItem(func(m M) []millrace.TaskOption { return of(item(m)) }))
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
		in(b.ctx, yield)
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
