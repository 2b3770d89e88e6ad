package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/parallel"
)

// ForN calls fn with 0, 1 … n-1, in parallel. It is [ForEach] over these numbers, as fast
// as [MapSlice]: for loops over parts of a slice, a matrix or a file. It blocks until no
// call is left, and returns nil if all calls returned nil. Otherwise it cancels the rest
// and returns the earliest error:
//
//   - the error, panic or Goexit of a call, as an *[ItemError] with the number;
//   - an error that is [future.ErrNotDone], if ctx ends;
//   - an error that is [future.ErrCancelled], if the executor takes no more tasks.
//
// Calls start in roughly ascending order: each worker goes through a range of numbers,
// and an idle worker takes the second half of what another worker has left. Options and
// waiting in a task are as in [Map]; WithWindow and Unordered have no effect. With n < 1
// there is nothing to do. ForN panics if ctx, ex or fn is nil.
func ForN(ctx context.Context, ex Executor, n int, fn func(ctx context.Context, i int) error, opts ...millrace.MapOption) error {
	checkCall("ForN", ctx, ex, fn == nil)
	return parallel.ForN(ctx, scheduler(ex), max(n, 0), fn, newLoop[int]("ForN", fn, opts))
}
