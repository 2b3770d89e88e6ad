package future

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// AsCompleted returns the futures as they settle: those that have settled when
// the loop begins, in the order of the arguments, then the others in the order
// in which they settle. Duplicates are yielded once.
//
// It is lazy: nothing happens until the loop begins. A future is released as it
// is yielded. The end of ctx ends the loop, break does too, and neither cancels
// anything nor leaves anything behind. The cost is one small node a future, in
// one slab, and no goroutine. The name and the behaviour follow Python's
// concurrent.futures.as_completed.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq[*Future[T]] {
	needContext("AsCompleted", ctx)
	needFutures("AsCompleted", fs)
	return func(yield func(*Future[T]) bool) {
		completed(ctx, distinct(fs), yield)
	}
}

// completed yields fs as they settle, and lets go of each. It is a function of
// its own so that nothing in its frame refers to the caller's slice.
func completed[T any](ctx context.Context, fs []*Future[T], yield func(*Future[T]) bool) {
	set := sched.NewSet(ctx, sched.One, len(fs), func(i int) *cell.Core { return fs[i].cell().Core() })
	defer set.Close()
	for {
		i, ok, err := set.Next(ctx)
		if err != nil || !ok {
			return
		}
		f := fs[i]
		fs[i] = nil
		if !yield(f) {
			return
		}
	}
}

// distinct returns a copy of fs without the repetitions.
func distinct[T any](fs []*Future[T]) []*Future[T] {
	seen := make(map[*Future[T]]struct{}, len(fs))
	out := make([]*Future[T], 0, len(fs))
	for _, f := range fs {
		if _, dup := seen[f]; !dup {
			seen[f] = struct{}{}
			out = append(out, f)
		}
	}
	return out
}

func needFutures[T any](call string, fs []*Future[T]) {
	for _, f := range fs {
		f.core(call)
	}
}
