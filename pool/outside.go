package pool

import (
	"context"

	"github.com/millrace-go/millrace/internal/sched"
)

// Outside calls fn in the caller's goroutine. In a task, it lends the task's slot and
// weight to pending tasks while fn runs. It takes them back before it returns, and may
// wait for that after fn has returned, unless ctx has ended. Outside of tasks it just
// calls fn.
//
// Use Outside around a wait that the pool cannot see: on a channel, a lock, another pool,
// a slow network. It panics if ctx or fn is nil.
func Outside(ctx context.Context, fn func()) {
	needContext("Outside", ctx)
	if fn == nil {
		panic("pool: Outside: nil function")
	}
	sched.Outside(ctx, fn)
}
