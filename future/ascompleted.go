package future

import (
	"context"
	"iter"
	"slices"

	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/waitset"
)

// AsCompleted returns a sequence of the futures as they settle. The futures that have
// settled when the loop begins come first, in the order of the arguments; then come the
// others, in the order in which they settle. A future that is given twice is yielded
// once.
//
// Nothing happens before the loop begins, and each loop over the sequence is a run of its
// own, which reads fs as it begins. The loop ends after the last future, or when ctx ends:
// look at ctx.Err after the loop to tell the two apart. Neither the end of ctx nor break
// cancels a task or leaves anything behind. Within a loop, each future is released as it
// is yielded.
//
// In a task, the loop lends the task's slot as [Future.Await] does. If all futures that
// are left wait for that task, so that [Future.Await] would return [ErrDeadlock], the
// loop yields those that have settled and ends.
//
// The loop starts no goroutine, and allocates a few arrays, not an object for each future.
// It is concurrent.futures.as_completed of Python, but that raises an error at a timeout,
// and this loop ends.
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
	set := sched.NewSet(waitset.One, len(fs), func(i int32) *sched.Task { return fs[i].cell().Task() })
	defer set.Close()
	for {
		taken, err := set.Take(ctx)
		if err != nil || len(taken) == 0 {
			return
		}
		for _, i := range taken {
			f := fs[i]
			fs[i] = nil
			if !yield(f) {
				return
			}
		}
	}
}

// distinct returns a copy of fs without the repetitions.
func distinct[T any](fs []*Future[T]) []*Future[T] {
	own := slices.Clone(fs)
	if inOrder(fs) {
		return own
	}
	seen := make(map[*Future[T]]bool, len(fs))
	return slices.DeleteFunc(own, func(f *Future[T]) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}

// inOrder reports whether each future was submitted after the one before it, as is usual:
// then none is there twice, and a look at the orders costs less than a map. (The orders of several
// pools have nothing to do with each other, but a future has one of them.)
func inOrder[T any](fs []*Future[T]) bool {
	last := uint64(0)
	for _, f := range fs {
		order := f.cell().Task().Order()
		if order <= last {
			return false
		}
		last = order
	}
	return true
}

func needFutures[T any](call string, fs []*Future[T]) {
	for _, f := range fs {
		f.task(call)
	}
}
