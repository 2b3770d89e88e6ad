package pool

import (
	"fmt"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/sched"
)

var (
	// ErrClosed is the reason of a task that was submitted to a pool after
	// Close, Seal or Shutdown, or to a group after its Wait. The future's error
	// also is [future.ErrCancelled].
	ErrClosed = sched.ErrClosed

	// ErrStopped is the reason of a task that was pending when its pool was
	// stopped, or submitted after that; the error also wraps the cause given to
	// Stop. The future's error also is [future.ErrCancelled].
	ErrStopped = sched.ErrStopped

	// ErrQueueFull is the reason of a task that found the queue of
	// millrace.WithQueue full, with Reject, or that had to make room for
	// another, with DropOldest. The future's error also is [future.ErrCancelled].
	ErrQueueFull = sched.ErrQueueFull

	// ErrTooHeavy is the reason of a task whose weight is more than the pool's
	// maximum: it could never run. The future's error also is
	// [future.ErrCancelled].
	ErrTooHeavy = sched.ErrTooHeavy

	// ErrBroken is the reason of all tasks that were pending when the function
	// of millrace.WithInit failed, or were submitted after that; the error also
	// wraps the failure. The future's error also is [future.ErrCancelled].
	ErrBroken = sched.ErrBroken
)

// An ItemError says which item of a map failed.
type ItemError = future.ItemError

// A ShutdownError says what a [Pool.Shutdown] gave up on when its context ended.
type ShutdownError struct {
	Cancelled int   // tasks that were pending and never ran
	Running   int   // tasks whose contexts were ended, and that may still run
	Cause     error // the cause of the context
}

// Error names the counts and the cause.
func (e *ShutdownError) Error() string {
	return fmt.Sprintf("pool: shutdown gave up (%v): %d tasks never ran, %d still running", e.Cause, e.Cancelled, e.Running)
}

// Unwrap returns the cause.
func (e *ShutdownError) Unwrap() error { return e.Cause }
