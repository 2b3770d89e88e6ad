package future

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Future is the handle of one task's outcome. It settles exactly once, and
// all its methods may be called by any number of goroutines at once, before and
// after that. It must not be copied, and the zero value is not usable.
//
// A future is not a channel: it keeps its outcome for everybody who asks,
// however late. For a stream of values use a channel or package stream.
type Future[T any] cell.Cell[T]

// A Result is the outcome of a task.
type Result[T any] struct {
	Value T
	Err   error
}

func (f *Future[T]) cell() *cell.Cell[T] { return (*cell.Cell[T])(f) }

// core is where all calls on a future pass: a nil one is the caller's mistake
// and is told in the call's name.
func (f *Future[T]) core(call string) *cell.Core {
	if f == nil {
		panic("future: " + call + ": nil future")
	}
	return f.cell().Core()
}

func (f *Future[T]) result() Result[T] {
	return Result[T]{f.cell().Value(), f.cell().Core().Err()}
}

// Await blocks until the future has settled and returns its outcome, or until
// ctx ends. A settled future's outcome is returned even if ctx has ended;
// otherwise the error is [ErrNotDone] and wraps the cause of ctx, and the task
// goes on. Called with the context of a task, it lends the task's slot; if the
// future waits, through others, for that task, the error is [ErrDeadlock].
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	core := f.core("Await")
	needContext("Await", ctx)
	if err := sched.Await(ctx, core); err != nil {
		var zero T
		return zero, err
	}
	return f.cell().Value(), core.Err()
}

// Poll returns the outcome and true if the future has settled. It never blocks.
func (f *Future[T]) Poll() (Result[T], bool) {
	if !f.core("Poll").Look().Settled() {
		return Result[T]{}, false
	}
	return f.result(), true
}

// Done returns a channel that is closed when the future settles, made when
// first asked for. To wait, [Future.Await] is cheaper, and does not deadlock a
// pool when called inside one of its tasks.
func (f *Future[T]) Done() <-chan struct{} { return f.core("Done").Done() }

// State returns the state at this instant. It is the authority on whether the
// task's function was called: [Cancelled] says that it was not. (A future of
// pool.Then whose input did not succeed takes its input's state.)
func (f *Future[T]) State() State { return State(f.core("State").Look()) }

// Cancel settles a pending future at once: the task's function is never called
// and is let go of. It reports whether the future is cancelled, so a second
// Cancel reports true too. It has no effect on a task that has started, as in
// Python's Future.cancel; see [Future.Abort].
func (f *Future[T]) Cancel() bool { return f.core("Cancel").Cancel() }

// Abort cancels a pending future, which then wraps cause, or ends the context
// of a running task with cause, which is up to the task to notice. It reports
// whether it had an effect: false if the future has settled, or is a running
// [Promise]'s. A nil cause stands for [context.Canceled].
func (f *Future[T]) Abort(cause error) bool { return f.core("Abort").Abort(cause) }

// String returns the type and the state; never the value.
func (f *Future[T]) String() string {
	if f == nil {
		return fmt.Sprintf("%T(nil)", f)
	}
	return fmt.Sprintf("%T(%v)", f, f.State())
}

// Format writes what String returns, whatever the verb: the value of a future
// stays out of logs.
func (f *Future[T]) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.String()) }

func needContext(call string, ctx context.Context) {
	if ctx == nil {
		panic("future: " + call + ": nil context")
	}
}
