package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// Reduce combines the items of in with fn, in parallel: first neighbours, then their
// results, until one value is left. The result is that of a plain loop from left to
// right. fn must be associative; it need not be commutative, because its first argument
// always stands for items before those of the second.
//
// Reduce returns the zero value if there are no items, and the item if there is one; then
// fn is not called. It blocks until no call is left, and ends with the earliest error:
//
//   - the error, panic or Goexit of a call, as an *[ItemError] with the index of the
//     first item that the second argument of the call stood for;
//   - an error that is [future.ErrNotDone], if ctx ends;
//   - an error that is [future.ErrCancelled], if the executor takes no more tasks.
//
// in must not be written to meanwhile, and Reduce does not write to it. Each result of fn
// is an argument once. So fn may change and return an argument, if the items may be
// changed, but not with millrace.WithRetry, which may combine the same items again.
//
// A worker combines a run of neighbours, one after the other. Such a run is what task
// options apply to, and what counts as a task in Stats. Options are those of [Map];
// WithWindow and Unordered have no effect. Reduce panics if ctx, ex or fn is nil, or if
// it is given a millrace.PerItem.
func Reduce[T any](ctx context.Context, ex Executor, in []T, fn func(ctx context.Context, a, b T) (T, error), opts ...millrace.MapOption) (result T, err error) {
	checkCall("Reduce", ctx, ex, fn == nil)
	cfg, x := newLoop[T]("Reduce", fn, opts), scheduler(ex)
	if cfg.PerItem != nil {
		panic("pool: Reduce: PerItem: a run of neighbours has the options, and no item of its own")
	}
	each := 1 // how many items of the input each item of in stands for
	for len(in) > 1 {
		size := runLength(len(in), sched.PoolOf(x).Slots(), cfg.Concurrency)
		out := make([]T, (len(in)+size-1)/size)
		at := make([]int, len(out)) // how far each run has come
		cfg.Item = func(i int, err error) error { return &ItemError{Index: (i*size + at[i]) * each, Err: err} }
		err := parallel.ForN(ctx, x, len(out), func(ctx context.Context, i int) (err error) {
			out[i], err = fold(ctx, in[i*size:min((i+1)*size, len(in))], fn, &at[i])
			return err
		}, cfg)
		if err != nil {
			return result, err
		}
		in = out
		each *= size
	}
	if len(in) == 1 {
		result = in[0]
	}
	return result, nil
}

// runsPerSlot is how many runs of neighbours there are for each slot: more than one, so that
// no worker is without work while the slowest run is not done.
const runsPerSlot = 4

// runLength returns how many neighbours of n items are combined one after another.
func runLength(n, slots, concurrency int) int {
	if concurrency > 0 {
		slots = min(slots, concurrency)
	}
	runs := runsPerSlot * min(slots, n)
	return max(2, (n+runs-1)/runs)
}

// fold combines items from left to right. However it ends, at is the item of the last call.
func fold[T any](ctx context.Context, items []T, fn func(ctx context.Context, a, b T) (T, error), at *int) (result T, err error) {
	n := 1
	defer func() { *at = n }()
	for result = items[0]; n < len(items); n++ {
		if ctx.Err() != nil {
			return result, context.Cause(ctx)
		}
		if result, err = fn(ctx, result, items[n]); err != nil {
			return result, err
		}
	}
	return result, nil
}
