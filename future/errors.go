package future

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/internal/cell"
)

var (
	// ErrCancelled is matched by the error that a future gets which is
	// [Cancelled]: its task never ran. The error also wraps the reason, if there
	// is one: the cause of a context, a pool's ErrClosed, a group's first error.
	ErrCancelled = cell.ErrCancelled

	// ErrNotDone is matched by the error of a wait that its context ended
	// before the future settled; the error also wraps [context.Cause].
	ErrNotDone = cell.ErrNotDone

	// ErrGoexit is the error of a task that called [runtime.Goexit], as
	// testing.T.FailNow does.
	ErrGoexit = cell.ErrGoexit

	// ErrDeadlock is returned by [Future.Await] if it could never end, because
	// the task that waits is, through others, waited for by its own target, and by
	// pool.Pool.Shutdown inside one of the pool's tasks. Waits for several futures,
	// and for a group, do not look for cycles.
	ErrDeadlock = cell.ErrDeadlock

	// ErrEmpty is returned by [Any] and [Race] of no futures.
	ErrEmpty = cell.ErrEmpty
)

// A PanicError is the error of a task that panicked.
type PanicError struct {
	Value any    // what the task panicked with
	Stack []byte // the stack of the panic, as debug.Stack formats it
}

// Error returns the panic's value and stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("future: task panicked: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the panic's value if it is an error, or else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A TimeoutError is the cause of a task's context that ended because of
// millrace.WithTimeout.
type TimeoutError struct {
	After time.Duration // the timeout, from the task's start
}

// Error names the timeout.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("future: task timed out after %v", e.After)
}

// Is reports whether target is [context.DeadlineExceeded].
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout reports true, as in net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// An ItemError says which of several failed.
type ItemError struct {
	Index int // of the future among the arguments, or of the item in the input
	Err   error
}

// Error names the index and the error.
func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }
