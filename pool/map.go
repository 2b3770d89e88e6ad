package pool

import (
	"context"
	"iter"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// Map runs fn over the items of in, at most WithConcurrency of them at once
// (default: as many as the pool has slots when the loop begins), and yields the
// results in the order of the input, or with Unordered as they complete. Nothing
// runs before the sequence is
// ranged over, and each loop over it is a run of its own.
//
// An item's error is yielded in its place, with the value fn returned, and the
// loop goes on; a panic of fn is a [*future.PanicError], a Goexit
// [future.ErrGoexit]. When ctx ends, or the executor takes no more tasks, one
// last error is yielded and the loop ends: [future.ErrNotDone] with the cause, or
// [future.ErrCancelled] with the reason, [ErrClosed] or another.
//
// The input is ranged over by a goroutine of its own, at most WithWindow items
// ahead of what was yielded, so a slow input does not hold up a result. break,
// return and a panic in the loop body cancel what has not started, end the
// contexts of what runs, and wait for it and for the input to come back from its
// current item: an input that blocks should watch ctx. A panic or Goexit of the
// input goes on in the caller once all that is done.
//
// Map panics if ctx, ex, in or fn is nil. Inside a task of the same pool the
// loop lends the task's slot while it waits.
func Map[In, Out any](ctx context.Context, ex Executor, in iter.Seq[In], fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) iter.Seq2[Out, error] {
	checkCall("Map", ctx, ex, fn == nil)
	if in == nil {
		panic("pool: Map: nil input")
	}
	return parallel.Seq(ctx, scheduler(ex), parallel.WithoutErrors(in), fn, newLoop[In]("Map", opts))
}

// MapSlice runs fn over the items of in and returns len(in) results, in input
// order. The first error in time cancels the rest and is the result, as a
// [*ItemError] with the item's index; so is the end of ctx, as an error that is
// [future.ErrNotDone], and that the executor takes no more tasks. Then the slice is
// nil. It blocks until nothing of it runs. in must not be written to meanwhile.
// Panics and limits are those of [Map], but WithWindow and Unordered have no effect.
func MapSlice[In, Out any](ctx context.Context, ex Executor, in []In, fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) ([]Out, error) {
	checkCall("MapSlice", ctx, ex, fn == nil)
	return parallel.MapSlice(ctx, scheduler(ex), in, fn, newLoop[In]("MapSlice", opts))
}

// ForEach runs fn over the items of in for its effect. The first error in time
// cancels the rest and is the result, as a [*ItemError] with the item's position
// in the input; the end of ctx is an error that is [future.ErrNotDone], and that the
// executor takes no more tasks is one, too. It blocks until nothing of it runs.
// Panics and limits are those of [Map].
func ForEach[In any](ctx context.Context, ex Executor, in iter.Seq[In], fn func(context.Context, In) error, opts ...millrace.MapOption) error {
	checkCall("ForEach", ctx, ex, fn == nil)
	if in == nil {
		panic("pool: ForEach: nil input")
	}
	return parallel.ForEach(ctx, scheduler(ex), in, fn, newLoop[In]("ForEach", opts))
}

// newLoop returns how the engine is to run a loop with these options.
func newLoop[In any](call string, opts []millrace.MapOption) parallel.Config {
	o := options.NewMap(opts)
	cfg := parallel.Config{
		Concurrency: o.Concurrency,
		Window:      o.Window,
		Unordered:   o.Unordered,
		PerItem:     o.PerItem,
		Task:        o.Task,
		Timeout:     func(d time.Duration) error { return &future.TimeoutError{After: d} },
		Item:        func(index int, err error) error { return &ItemError{Index: index, Err: err} },
	}
	parallel.CheckPerItem[In]("pool: "+call, cfg)
	return cfg

}

// scheduler returns what the engine takes slots of.
func scheduler(ex Executor) sched.Executor {
	if g := ex.group(); g != nil {
		return g
	}
	return ex.pool()
}
