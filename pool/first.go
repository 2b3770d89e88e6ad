package pool

import (
	"context"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/parallel"
)

// First runs all fns at once, as far as ex has slots for them, and returns the first
// result without an error. The others are cancelled: those that have not started never
// run, and the contexts of those that run end. First returns when all have ended.
//
// If all fail, their errors are joined in the order in which they failed; a panic is a
// [*future.PanicError], a Goexit [future.ErrGoexit]. Without functions the error is
// [future.ErrEmpty]. When ctx ends before there is a result, it is [future.ErrNotDone]; when
// ex takes no more tasks, [future.ErrCancelled] with the reason is joined to what has
// failed.
//
// In Stats each function is a task. It takes no place in the queue. If ex is a group, its
// error is not an error of the group. Inside a task of the same pool First lends the
// task's slot while it waits. It panics if ctx, ex or a function is nil.
//
// First is for alternatives: replicas, mirrors, algorithms. To retry one thing use
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
	return parallel.First(ctx, x, fns, call, newLoop[struct{}]("First", nil))
}
