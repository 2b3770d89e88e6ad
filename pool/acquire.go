package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// Acquire takes a slot of ex for code that is not a task, along with the weight, the
// key's turn and the place under the group's limit that the options ask for. It waits
// as a task does, by priority and order, until ctx ends. The caller must call release, and
// Close waits for it; further calls have no effect. If Acquire fails, release is nil, and
// the error is [future.ErrCancelled] with the reason. WithTimeout and WithRetry have no
// effect.
//
// A task that acquires from its own pool keeps its slot, its weight and all else that it holds;
// tasks that wait for it lend theirs. If the permit could never be granted, because it needs
// what tasks hold that wait for permits themselves, or waits for a task that waits for this one,
// the error is [future.ErrDeadlock], too, at once.
func Acquire(ctx context.Context, ex Executor, opts ...millrace.TaskOption) (release func(), err error) {
	checkCall("Acquire", ctx, ex, false)
	common, rest := options.NewTask(opts)
	if rest.Timeout > 0 || rest.Retry != nil {
		o := *rest
		o.Timeout, o.Retry = 0, nil
		rest = &o
	}
	return sched.Acquire(ctx, scheduler(ex), common, rest)
}
