package pool

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/parallel"
)

// Map returns a sequence of the results of fn for the items of in. Results come in the
// order of the input, or as they complete with millrace.Unordered. Nothing runs before
// the sequence is ranged over; each loop over it is a run of its own, and ranges over in
// anew.
//
// At most millrace.WithConcurrency items run at once; the default is the number of slots
// that the pool has when the loop begins, and [Pool.Resize] does not change it later.
// Items take no places in the queue. In Stats each item is a task, from when it starts.
//
// An error of fn is yielded in the place of its item, with the value that fn returned,
// and the loop goes on. A panic of fn is a *[future.PanicError], a Goexit
// [future.ErrGoexit]. Results do not say which item they are of: if the loop has to know,
// let fn return that, too. When ctx ends, one last error is yielded that is
// [future.ErrNotDone]; when the executor takes no more items, one that is
// [future.ErrCancelled] with the reason. Then the loop ends. An item that its own options of
// millrace.PerItem keep from running is such an error in its place, and the loop goes on.
//
// A goroutine of its own ranges over in, so that a slow input does not hold up a result.
// It is at most millrace.WithWindow items ahead of the results that were yielded. A panic
// of in goes on in the caller, with its value but without its stack, and so does a
// Goexit. (Package stream keeps the stack, in a *[future.PanicError].)
//
// The loop ends early by break, return, a panic in its body, or the end of ctx. Then
// items that have not started are cancelled, and the contexts of those that run end. The
// loop waits for them, and for in to come back from its current item: an input that
// blocks should watch ctx.
//
// In a task of the same pool, the loop lends the task's slot while it waits. Map panics
// if ctx, ex, in or fn is nil.
func Map[In, Out any](ctx context.Context, ex Executor, in iter.Seq[In], fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) iter.Seq2[Out, error] {
	checkCall("Map", ctx, ex, fn == nil)
	if in == nil {
		panic("pool: Map: nil input")
	}
	return parallel.Seq(ctx, scheduler(ex), parallel.WithoutErrors(in), fn, newLoop[In]("Map", fn, opts))
}

// MapSlice runs fn over the items of in and returns len(in) results, in the order of the
// input. It returns at the earliest error, with nil results and
//
//   - an *[ItemError] with the item's index, if fn fails,
//   - an error that is [future.ErrNotDone], if ctx ends,
//   - an error that is [future.ErrCancelled], if the executor takes no more tasks.
//
// In each case MapSlice cancels the items that have not started and waits for those that
// run, whose outcomes change nothing. Without items there is nothing to do: the result is
// empty, and the error nil, also if ctx has ended. in must not be written to meanwhile.
// Concurrency, panics and waiting in a task are as in [Map]; millrace.WithWindow and
// millrace.Unordered have no effect.
func MapSlice[In, Out any](ctx context.Context, ex Executor, in []In, fn func(context.Context, In) (Out, error), opts ...millrace.MapOption) ([]Out, error) {
	checkCall("MapSlice", ctx, ex, fn == nil)
	return parallel.MapSlice(ctx, scheduler(ex), in, fn, newLoop[In]("MapSlice", fn, opts))
}

// ForEach runs fn over the items of in, for its effects. It returns at the earliest
// error:
//
//   - an *[ItemError] with the item's position in the input, if fn fails,
//   - an error that is [future.ErrNotDone], if ctx ends,
//   - an error that is [future.ErrCancelled], if the executor takes no more tasks.
//
// In each case ForEach cancels the items that have not started and waits for those that
// run, whose outcomes change nothing. Input, concurrency, panics and waiting in a task
// are as in [Map].
func ForEach[In any](ctx context.Context, ex Executor, in iter.Seq[In], fn func(context.Context, In) error, opts ...millrace.MapOption) error {
	checkCall("ForEach", ctx, ex, fn == nil)
	if in == nil {
		panic("pool: ForEach: nil input")
	}
	return parallel.ForEach(ctx, scheduler(ex), in, fn, newLoop[In]("ForEach", fn, opts))
}

// newLoop returns how the engine is to run a loop with this function and these options.
func newLoop[In any](call string, fn any, opts []millrace.MapOption) parallel.Config {
	cfg := parallel.NewConfig[In]("pool", call, fn, opts)
	cfg.Item = itemError
	return cfg
}

func itemError(index int, err error) error { return &ItemError{Index: index, Err: err} }
