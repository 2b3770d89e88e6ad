package future

import (
	"fmt"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
)

var (
	// ErrCancelled is matched by the error that the library gives to a [Cancelled]
	// future: the task never ran. The error also wraps the reason, if there is one: the
	// cause of a context, a pool's ErrClosed, a group's first error. A task may return
	// such an error of another future as its own, so only [Future.State] is always right.
	ErrCancelled = outcome.ErrCancelled

	// ErrNotDone is matched by the error of a wait whose context ended before the future
	// had settled. The task goes on. The error also wraps what ctx.Err returns and the
	// context's cause, see [context.Cause].
	ErrNotDone = outcome.ErrNotDone

	// ErrGoexit is the error of a task that called [runtime.Goexit], as
	// testing.T.FailNow does. The future has [Failed].
	ErrGoexit = outcome.ErrGoexit

	// ErrDeadlock is returned by a wait that could never end, because its target waits
	// for the task that calls it: directly, through other tasks, or for a key that the
	// task has. The error may name the task and its target.
	//
	// [Future.Await] looks for such cycles with a bounded search, also across pools. A wait
	// for several futures, for a group or for a map finds only cycles that are certain, and
	// that begin with a task of the caller's own pool. A wait in a cycle that is not found
	// ends with its context.
	ErrDeadlock = outcome.ErrDeadlock

	// ErrEmpty is returned by [Any] and [Race] of no futures, by [Set.Next] of an empty
	// set, and by pool.First of no functions.
	ErrEmpty = outcome.ErrEmpty

	// ErrTaskEnded is the cause of a task's context once the task has returned, and of a
	// group's context once its Wait has returned, see [context.Cause]. It also is
	// [context.Canceled]. A child that was submitted with that context ends with it. To
	// submit a child that lives longer, use [context.WithoutCancel] of that context, or a
	// group.
	ErrTaskEnded = outcome.ErrTaskEnded
)

// A PanicError is the error of a task that panicked. It has these fields:
//
//	Value   any       // what the task panicked with
//	Stack   []byte    // the stack of the panic, as debug.Stack formats it
//	Callers []uintptr // its program counters for runtime.CallersFrames, the function that panicked first; at most 64
//	Task    string    // the name of the task, by millrace.WithTaskName
//
// and these methods:
//
//	Error() string           // one line: "future: task panicked: " and the value, escaped and cut where it must be
//	Unwrap() error           // the value if it is an error, or else nil
//	Format(fmt.State, rune)  // what Error returns; %+v adds the stack
//	LogValue() slog.Value    // a group with the keys "error", "task" if that has a name, and "stack"
//
// Error leaves the stack out, so that it may be shown to strangers if the value may.
type PanicError = fault.PanicError

// A TimeoutError is the cause of a task's context that ended because of
// millrace.WithTimeout. It has these fields:
//
//	After time.Duration // the timeout, from the task's start
//	Task  string        // the name of the task, by millrace.WithTaskName
//
// and these methods:
//
//	Error() string        // names both
//	Is(target error) bool // whether target is context.DeadlineExceeded
//	Timeout() bool        // true, as in net.Error
type TimeoutError = fault.TimeoutError

// An ItemError says which of several futures, or which item of an input, failed.
type ItemError struct {
	Index int // of the future among the arguments, or of the item in the input
	Err   error
}

// Error names the index and the error.
func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }
