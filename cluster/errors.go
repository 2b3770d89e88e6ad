package cluster

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrAborted is matched by the error of a call that was ended by
	// [future.Future.Abort] or by the end of the context given to Submit, and by the
	// cause of its context on the worker.
	ErrAborted = errors.New("cluster: aborted")

	// ErrUnsure is matched by the error of a call that was aborted, or left by
	// [Client.Close], while it was not known what became of it: its worker did not
	// answer, and no outcome was stored; and of one that [Task.Join] could not ask
	// for. The call may have run, and may still run.
	ErrUnsure = errors.New("cluster: nobody can say what became of the call")

	// ErrLost is matched by the error of a call that was started as often as its task
	// allows, and each time its worker died or lost its lease. A start that was noted
	// counts also if the worker was lost before it called the function.
	ErrLost = errors.New("cluster: lost with its worker")

	// ErrLeaseLost is the cause of a function's context on a worker that was cut
	// off for longer than its lease: another worker may run the call by now.
	ErrLeaseLost = errors.New("cluster: the worker's lease was lost")

	// ErrUnknown is matched by the error of a call whose task the workers do not have:
	// none of that name, or one with other types. The call never ran.
	ErrUnknown = errors.New("cluster: no such task")

	// ErrTooLarge is matched by the error of a call whose input or output is larger than
	// the engine carries. If the input is too large, the call never ran.
	ErrTooLarge = errors.New("cluster: too large for the engine")

	// ErrFull is matched by the error of a call that found the engine's queue full.
	// The call never ran.
	ErrFull = errors.New("cluster: the engine's queue is full")

	// ErrClosed is matched by the error of a call that was submitted after
	// [Client.Close], and never ran; and by that of a call that Close no longer waited
	// for, which still runs: its error is also [ErrUnsure].
	ErrClosed = errors.New("cluster: client closed")

	// ErrNoCall is matched by the error of [Task.Join] if the engine knows no call with
	// the id: there was none, or its outcome is no longer kept.
	ErrNoCall = errors.New("cluster: no call of this id")
)

// An Error is the error of a call that did not succeed, as the submitter gets it.
// It wraps the sentinels that the worker's error matched (see [Errors]), the one of
// this package that says how the call ended, the cause of an abort, and for a panic
// a [*future.PanicError] with the worker's stack.
type Error struct {
	Task    string // name of the task
	ID      string // of the call
	Worker  string // name of the worker; empty if no worker had the call
	Attempt int    // which start it was, from 1; 0 if no worker had the call
	Text    string // what the worker, or the engine, said
	wraps   []error
}

// Error names the task and the worker, and says what went wrong.
func (e *Error) Error() string {
	if e.Worker == "" {
		return fmt.Sprintf("cluster: %s: %s", e.Task, e.Text)
	}
	return fmt.Sprintf("cluster: %s on %s: %s", e.Task, e.Worker, e.Text)
}

// Unwrap returns what the error wraps.
func (e *Error) Unwrap() []error { return e.wraps }

// refusal is the error of a call that was not submitted, because of err.
func refusal(c Call, err error) *Error {
	return &Error{Task: c.Task, ID: strings.TrimPrefix(c.ID, named), Text: brief(err), wraps: []error{err}}
}

// brief returns what an error says, without the name of this package: an Error begins with it.
func brief(err error) string { return strings.TrimPrefix(textApart(err), "cluster: ") }

// An abortError is the cause of a function's context whose call was aborted.
type abortError struct{ cause string }

// AbortError returns the error with which an engine ends the context of a call that was
// aborted: it matches [ErrAborted], and its text has the cause.
func AbortError(cause string) error { return &abortError{cause} }

func (e *abortError) Error() string        { return ErrAborted.Error() + ": " + e.cause }
func (e *abortError) Is(target error) bool { return target == ErrAborted }
