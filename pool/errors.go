package pool

import (
	"fmt"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/sched"
)

var (
	// ErrClosed is the reason why a task that was submitted after Close, Seal or
	// Shutdown of its pool, or after Wait of its group, never ran. The future's error
	// also is [future.ErrCancelled].
	ErrClosed = sched.ErrClosed

	// ErrStopped is the reason why a task that was pending when its pool was stopped, or
	// was submitted after that, never ran. It is also the cause of the contexts of the
	// tasks that ran then. The error wraps the cause that Stop was called with; that of
	// a future also is [future.ErrCancelled].
	ErrStopped = sched.ErrStopped

	// ErrQueueFull is the reason why a task never ran that found the queue of
	// millrace.WithQueue full, with millrace.Reject, or that had to make room, with
	// millrace.DropOldest. The future's error also is [future.ErrCancelled].
	ErrQueueFull = sched.ErrQueueFull

	// ErrTooHeavy is the reason why a task that weighs more than the pool's maximum
	// never ran. The future's error also is [future.ErrCancelled].
	ErrTooHeavy = sched.ErrTooHeavy

	// ErrBroken is the reason why a task that was pending when the function of
	// millrace.WithInit failed, or was submitted after that, never ran. The error wraps
	// the failure; that of a future also is [future.ErrCancelled].
	ErrBroken = sched.ErrBroken
)

// ErrMaxWait is the reason why a task that was still pending after its
// millrace.WithMaxWait never ran. The future's error also is [future.ErrCancelled].
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
	text := fmt.Sprintf("pool: shutdown gave up (%v): %d tasks never ran, %d still running, %d callbacks still running", e.Cause, e.Cancelled, e.Running, e.Callbacks)
	if e.pool != "" {
		text += " (pool " + e.pool + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *ShutdownError) Unwrap() error { return e.Cause }
