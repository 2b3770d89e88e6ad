package pool

import (
	"fmt"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/sched"
)

var (
	// ErrClosed is the reason of a task that never ran because it was submitted after
	// Close, Seal or Shutdown of its pool, or after Wait of its group. The future's error
	// is also [future.ErrCancelled].
	ErrClosed = sched.ErrClosed

	// ErrStopped is the reason of a task that never ran because its pool was stopped,
	// before the task was submitted or while it was pending. It is also the cause of the
	// contexts of the tasks that were running then. It wraps the cause that Stop was
	// called with. The future's error is also [future.ErrCancelled].
	ErrStopped = sched.ErrStopped

	// ErrQueueFull is the reason of a task that never ran because it found the queue of
	// millrace.WithQueue full, with millrace.Reject, or because it had to make room, with
	// millrace.DropOldest. The future's error is also [future.ErrCancelled].
	ErrQueueFull = sched.ErrQueueFull

	// ErrTooHeavy is the reason of a task that never ran because it weighs more than the
	// pool's maximum. The future's error is also [future.ErrCancelled].
	ErrTooHeavy = sched.ErrTooHeavy

	// ErrBroken is the reason of a task that never ran because the function of
	// millrace.WithInit failed, before the task was submitted or while it was pending. It
	// wraps the failure. The future's error is also [future.ErrCancelled].
	ErrBroken = sched.ErrBroken
)

// ErrMaxWait is the reason of a task that never ran because it was pending for longer
// than its millrace.WithMaxWait. The future's error is also [future.ErrCancelled].
var ErrMaxWait = sched.ErrMaxWait

// An ItemError says which item of a map failed.
type ItemError = future.ItemError

// A ShutdownError says what was left when the context of [Pool.Shutdown] ended.
type ShutdownError struct {
	Cancelled int   // tasks that were pending and never ran
	Running   int   // tasks whose contexts were ended, and that may still run
	Callbacks int   // functions of OnDone and of WithInit that still run
	Cause     error // the cause of the context

	pool string
}

// Error names the counts, the cause and the pool.
func (e *ShutdownError) Error() string {
	text := fmt.Sprintf("pool: shutdown gave up (%v); tasks that never ran: %d, still running: %d; callbacks still running: %d", e.Cause, e.Cancelled, e.Running, e.Callbacks)
	if e.pool != "" {
		text += " (pool " + e.pool + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *ShutdownError) Unwrap() error { return e.Cause }
