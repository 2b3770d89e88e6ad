package pool

import (
	"context"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/parallel"
)

// First runs all fns at once, as far as ex has slots for them, and returns the first
// result without an error. It cancels the others: those that have not started never run,
// and the contexts of those that run end. First returns when all have ended. If there is
// no result, the error is
//
//   - the errors of all, joined in the order in which they failed, if all have failed; a
//     panic is a *[future.PanicError], a Goexit [future.ErrGoexit];
//   - [future.ErrNotDone], if ctx ended first;
//   - [future.ErrCancelled] with the reason, joined to the errors of those that had
//     failed, if ex takes no more tasks;
//   - [future.ErrEmpty], if there are no functions.
//
// In Stats each function is a task, which takes no place in the queue. If ex is a group,
// the error of First is not an error of the group. In a task of the same pool, First
// lends the task's slot while it waits. It panics if ctx, ex or a function is nil.
//
// First is for alternatives: replicas, mirrors, algorithms. To try one thing again use
// millrace.WithRetry.
func First[T any](ctx context.Context, ex Executor, fns ...func(context.Context) (T, error)) (T, error) {
	checkCall("First", ctx, ex, false)
	x := scheduler(ex)
	for _, fn := range fns {
		if fn == nil {
			panic("pool: First: nil function")
		}
	}
	if len(fns) == 0 {
		var zero T
		return zero, future.ErrEmpty
	}
	call := func(ctx context.Context, fn func(context.Context) (T, error)) (T, error) { return fn(ctx) }
	return parallel.First(ctx, x, fns, call, newLoop[struct{}]("First", nil, nil))
}
