package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// Acquire takes a slot of ex for code that is not a task, with the weight, the turn of
// the key and the place under the limit of its group that the options ask for. It waits
// as a task does, in the same queue, until ctx ends. The caller must call release, and
// Close waits until it does; further calls of release have no effect. If Acquire fails,
// release is nil, and the error is [future.ErrCancelled] with the reason. WithTimeout and
// WithRetry have no effect.
//
// A task that acquires from its own pool keeps its slot, its weight and all else that it
// holds, while tasks that wait for it lend theirs. If Acquire could never succeed, it
// fails at once, and the reason is [future.ErrDeadlock]: because what it needs is held by
// tasks that wait in Acquire themselves, or by a task that waits for the caller's task.
//
// A task that acquires from another pool keeps its slot, too. If what it waits for is
// released by tasks of its own pool, call Acquire in [Outside].
func Acquire(ctx context.Context, ex Executor, opts ...millrace.TaskOption) (release func(), err error) {
	checkCall("Acquire", ctx, ex, false)
	common, rest := options.NewTask(opts)
	return sched.Acquire(ctx, scheduler(ex), common, rest)
}
