package pool

import (
	"context"

	"github.com/millrace-go/millrace/internal/sched"
)

// Outside calls fn in the caller's goroutine. In a task, it lends the task's slot and
// weight to pending tasks while fn runs, and takes them back before it returns, unless
// ctx has ended. So it may wait after fn has returned. Use it around
// a wait that the pool cannot see: on a channel, a lock, another pool, a slow network.
// Outside of tasks it just calls fn.
func Outside(ctx context.Context, fn func()) {
	needContext("Outside", ctx)
	if fn == nil {
		panic("pool: Outside: nil function")
	}
	sched.Outside(ctx, fn)
}
