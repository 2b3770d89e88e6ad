package stream

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Map returns fn of each item, in the order of s, or with millrace.Unordered in the order
// of completion. fn runs on ex, for at most millrace.WithConcurrency items at once; the
// default is the number of the executor's slots. A goroutine of its own pulls the items
// of s: at most millrace.WithWindow items are pulled and not yet passed on. Task options
// apply to each item, and millrace.PerItem gives each item options of its own.
// millrace.WithTaskName names the stage for observers.
//
// An error of fn takes the item's place, with the value that fn returned; a panic of fn
// becomes a *[future.PanicError] and a Goexit [future.ErrGoexit]. Errors do not say which
// item they are of: with [Enumerate] above the stage, fn knows the item's position. If ex
// takes no more tasks, the last item is an error that is [future.ErrCancelled] and wraps
// the reason. The context of fn ends with the run, and when fn has returned.
//
// In a task of ex's pool, with the task's context, the run lends the task's slot while it
// waits. For functions that take less than about 100 ns [Transform] is faster. Map panics
// if ex or fn is nil, or if a millrace.PerItem is for items of another type than A.
func Map[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) (B, error), opts ...millrace.MapOption) Stream[B] {
	needExecutor("Map", ex)
	needFunc("Map", fn == nil)
	return Stream[B]{run: mapStage(s.each, job{"Map", ex, opts, fn}, fn)}
}

// FilterMap is [Map] for a function that also reports whether its result is to
// be kept. An error of fn is passed on in any case. FilterMap panics if ex or fn
// is nil.
func FilterMap[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) (B, bool, error), opts ...millrace.MapOption) Stream[B] {
	needExecutor("FilterMap", ex)
	needFunc("FilterMap", fn == nil)
	all := mapStage(s.each, job{"FilterMap", ex, opts, fn}, func(ctx context.Context, a A) (r filtered[B], err error) {
		r.v, r.keep, err = fn(ctx, a)
		return r, err
	})
	return Stream[B]{run: func(ctx context.Context, yield func(B, error) bool) bool {
		return all(ctx, func(r filtered[B], err error) bool {
			return err == nil && !r.keep || yield(r.v, err)
		})
	}}
}

// filtered is a result of FilterMap's function.
type filtered[B any] struct {
	v    B
	keep bool
}

// FlatMap is [Map] for a function that returns a sequence. The items and errors of the
// sequence are passed on in the item's place while the sequence yields them, or with
// millrace.Unordered as they come. The window counts items of s. A nil sequence is a
// panic of the item. FlatMap panics if ex or fn is nil.
//
// An item is at work until its sequence has ended. A sequence whose turn has not come
// runs some items ahead. Then it waits for the loop; it lends its slot meanwhile, but
// keeps its key. So
//
//   - in order, an item starts after the items before it with its key, also if these have
//     a millrace.WithDelay;
//   - a sequence must not wait for a key that a later sequence may have;
//   - a stage below on the same pool must not use its keys: an item there would wait for
//     a sequence that waits for the loop;
//   - the loop body must not close ex: Close waits for sequences that wait for the loop.
//
// With millrace.PerItem, WithDelay, WithMaxWait or WithRetry, an item that lends its slot
// does not count against millrace.WithConcurrency: then more sequences may be open, at
// most as many as the window. No item is tried again, because what its sequence has
// yielded was passed on.
func FlatMap[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) iter.Seq2[B, error], opts ...millrace.MapOption) Stream[B] {
	needExecutor("FlatMap", ex)
	needFunc("FlatMap", fn == nil)
	return Stream[B]{run: flatStage(s.each, job{"FlatMap", ex, opts, fn}, func(ctx context.Context, a A) iter.Seq2[B, error] {
		seq := fn(ctx, a)
		if seq == nil {
			panic("stream: FlatMap: the function returned a nil sequence")
		}
		return seq
	})}
}

// MapKeyed is [Map], but items of equal key run one at a time, in the order of s; items
// of different keys run in parallel. An item that waits for its turn holds no slot. A key
// is forgotten when no item of it runs or waits. A key that does not equal itself, such
// as NaN, is a key of its own for each item.
//
// One run calls key from one goroutine at a time. A panic of key is the item's error; a
// Goexit of key ends the run and goes on in the caller of the sink. MapKeyed panics if
// ex, key or fn is nil.
func MapKeyed[A any, K comparable, B any](s Stream[A], ex pool.Executor, key func(A) K, fn func(context.Context, A) (B, error), opts ...millrace.MapOption) Stream[B] {
	needExecutor("MapKeyed", ex)
	needFunc("MapKeyed", key == nil || fn == nil)
	return Stream[B]{run: keyedStage(s.each, job{"MapKeyed", ex, opts, fn}, key, fn)}
}
