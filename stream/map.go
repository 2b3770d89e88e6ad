package stream

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/pool"
)

// Map returns fn of each item, with at most millrace.WithConcurrency of them at
// work on ex at once (default: the executor's slots), in the order of s, or with
// millrace.Unordered as they complete. Items are pulled from s in a goroutine of
// its own, at most millrace.WithWindow ahead of what was passed on; task options
// apply to each item.
//
// An error of fn takes the item's place, with the value fn returned; a panic is
// a [*future.PanicError], a Goexit [future.ErrGoexit]. The context of fn ends
// with the run. If ex takes no more tasks, its error is the last item. In a task
// of ex's pool, with the task's context, the run lends the task's slot while it
// waits.
//
// For functions that take less than about 100 ns, [Transform] is faster.
func Map[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) (B, error), opts ...millrace.MapOption) Stream[B] {
	needExecutor("Map", ex)
	needFunc("Map", fn == nil)
	return mapped(s, ex, fn, opts)
}

// mapped is the parallel stage that Map and FilterMap are.
func mapped[A, B any](s Stream[A], ex pool.Executor, fn parallel.Func[A, B], opts []millrace.MapOption) Stream[B] {
	x := scheduler(ex)
	return stage(s, opts, func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		if s.run == nil {
			return parallel.Slice(ctx, x, s.slice, fn, cfg)
		}
		return parallel.Seq(ctx, x, in, fn, cfg)
	})
}

// FilterMap is [Map] for a function that also says whether its result is to be
// kept. An error of fn is always passed on.
func FilterMap[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) (B, bool, error), opts ...millrace.MapOption) Stream[B] {
	needExecutor("FilterMap", ex)
	needFunc("FilterMap", fn == nil)
	all := mapped(s, ex, func(ctx context.Context, a A) (j judged[B], err error) {
		j.v, j.keep, err = fn(ctx, a)
		return j, err
	}, opts)
	return Stream[B]{run: func(ctx context.Context, yield func(B, error) bool) bool {
		return all.each(ctx, func(j judged[B], err error) bool {
			return err == nil && !j.keep || yield(j.v, err)
		})
	}}
}

// judged is a result of FilterMap's function.
type judged[B any] struct {
	v    B
	keep bool
}

// FlatMap is [Map] for a function that returns a sequence: the items and errors
// it yields are passed on in the item's place, while it yields them, or with
// millrace.Unordered as they come. An item is at work until its sequence has
// ended; a sequence whose turn has not come is held up after some items, and
// lends its slot meanwhile. What the window counts are items of s.
func FlatMap[A, B any](s Stream[A], ex pool.Executor, fn func(context.Context, A) iter.Seq2[B, error], opts ...millrace.MapOption) Stream[B] {
	needExecutor("FlatMap", ex)
	needFunc("FlatMap", fn == nil)
	x := scheduler(ex)
	return stage(s, opts, func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Flat(ctx, x, in, fn, cfg)
	})
}

// MapKeyed is [Map], but items of one key run one at a time, in the order of s;
// those of different keys run in parallel. An item that waits for its turn holds
// no slot. key is called by one goroutine at a time, and a panic of it is the
// item's error.
func MapKeyed[A any, K comparable, B any](s Stream[A], ex pool.Executor, key func(A) K, fn func(context.Context, A) (B, error), opts ...millrace.MapOption) Stream[B] {
	needExecutor("MapKeyed", ex)
	needFunc("MapKeyed", key == nil || fn == nil)
	x := scheduler(ex)
	return stage(s, opts, func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error] {
		return parallel.Keyed(ctx, x, in, key, fn, cfg)
	})
}
