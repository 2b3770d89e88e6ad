package outcome

import (
	"context"
	"errors"
	"sync/atomic"
)

// The errors of package future, which documents them.
var (
	ErrCancelled = errors.New("future: cancelled before it ran")
	ErrNotDone   = errors.New("future: not done")
	ErrGoexit    = errors.New("future: task called runtime.Goexit")
	ErrDeadlock  = errors.New("future: deadlock: the task waits for itself")
	ErrEmpty     = errors.New("future: no futures")

	ErrTaskEnded error = taskEnded{}
)

// taskEnded is the type of ErrTaskEnded. The context that it ends was cancelled, and
// code that asks for context.Canceled must go on to find it.
type taskEnded struct{}

func (taskEnded) Error() string {
	return "future: the task or scope has returned; submit a child that is to live longer with context.WithoutCancel, or to a group"
}

func (taskEnded) Is(target error) bool { return target == context.Canceled }

// wrapped is a sentinel with the reason for it: errors.Is finds both.
type wrapped struct{ kind, reason error }

func (e *wrapped) Error() string   { return e.kind.Error() + ": " + e.reason.Error() }
func (e *wrapped) Unwrap() []error { return []error{e.kind, e.reason} }

// With returns kind wrapped around reason; kind alone if reason is nil.
func With(kind, reason error) error {
	if reason == nil {
		return kind
	}
	return &wrapped{kind, reason}
}

// NeverRan returns the error of a task that was settled before it started.
func NeverRan(reason error) error { return With(ErrCancelled, reason) }

// Reason returns why ctx has ended: its cause. If that is a deadline, errors.Is finds
// context.DeadlineExceeded, too. The cause may be of any type: no method of it is called
// here.
func Reason(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	switch {
	case err == nil || cause == nil:
		return context.Canceled // a context that ended without an error
	case err != context.DeadlineExceeded || cause == context.DeadlineExceeded:
		return cause
	}
	return &reason{err, cause}
}

type reason struct{ err, cause error }

func (e *reason) Error() string   { return e.cause.Error() }
func (e *reason) Unwrap() []error { return []error{e.cause, e.err} }

// NotDone returns the error of a wait that its context ended: errors.Is finds
// ErrNotDone, what ctx.Err returns and the cause of ctx. A cause alone would hide
// from context.DeadlineExceeded that a deadline has passed.
func NotDone(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil {
		return ErrNotDone // a context that ended without an error
	}
	return &wrapped{ErrNotDone, &reason{ctx.Err(), cause}}
}

// Deadlock returns an error that is ErrDeadlock and says which task waits for what.
func Deadlock(waiter, target string) error { return &deadlock{waiter, target} }

type deadlock struct{ waiter, target string }

func (e *deadlock) Error() string {
	return "future: deadlock: " + e.waiter + " waits for " + e.target + ", which waits for it"
}

func (e *deadlock) Is(target error) bool { return target == ErrDeadlock }

// A ContextError is the error of tasks that never ran because their context ended.
// It is made under the scheduler's lock, where asking a context for its cause
// would run foreign code; the cause is asked for after the lock is released, by
// Resolve or by the first reader of the error, whichever is earlier.
type ContextError struct {
	cause  atomic.Pointer[func() error]
	reason atomic.Pointer[error]
}

// NewContextError returns the error for tasks under a context that has ended; cause returns
// why.
func NewContextError(cause func() error) *ContextError {
	e := new(ContextError)
	e.cause.Store(&cause)
	return e
}

// Resolve asks for the cause and lets go of the context.
func (e *ContextError) Resolve() error {
	if ask := e.cause.Load(); ask != nil {
		cause := (*ask)()
		e.reason.CompareAndSwap(nil, &cause)
		e.cause.Store(nil)
	}
	return *e.reason.Load()
}

func (e *ContextError) Error() string   { return ErrCancelled.Error() + ": " + e.Resolve().Error() }
func (e *ContextError) Unwrap() []error { return []error{ErrCancelled, e.Resolve()} }

// Named appends the names of a pool and of a task, of those that have one, to an error.
func Named(pool, task string, err error) error {
	if pool == "" && task == "" {
		return err
	}
	return &named{pool, task, err}
}

type named struct {
	pool, task string
	err        error
}

func (e *named) Error() string {
	text := e.err.Error()
	if e.pool != "" {
		text += " (pool " + e.pool + ")"
	}
	if e.task != "" {
		text += " (task " + e.task + ")"
	}
	return text
}

func (e *named) Unwrap() error { return e.err }
