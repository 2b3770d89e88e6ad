package future

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Future is a handle to the outcome of one task. It settles exactly once. All its
// methods may be called by any number of goroutines at once, before and after it has
// settled. A Future must not be copied. The zero value panics at its first use.
//
// A settled future keeps its value and error for every caller, however late, but not the
// task's function or context. For a series of values use a channel or package stream.
type Future[T any] cell.Cell[T]

// A Result is the outcome of a task: what its function returned. Value is the zero
// value if the function panicked, called Goexit or was never called.
type Result[T any] struct {
	Value T
	Err   error
}

func (f *Future[T]) cell() *cell.Cell[T] { return (*cell.Cell[T])(f) }

// task returns the task of f, for the method named call. It panics if f is nil or was not
// made by a constructor, which is a mistake of the caller.
func (f *Future[T]) task(call string) *sched.Task {
	if f == nil {
		panic("future: " + call + ": nil future")
	}
	t := f.cell().Task()
	if !t.Has(outcome.Made) {
		panic("future: " + call + ": zero Future: make one with pool.Submit, future.Go or future.NewPromise")
	}
	return t
}

func (f *Future[T]) result() Result[T] { return Result[T]{f.cell().Value(), f.cell().Err()} }

// Await blocks until the future has settled, and returns the value and the error of
// its task. If ctx ends first, Await returns an error that is [ErrNotDone]; the task
// goes on. The outcome of a settled future is returned even if ctx has ended.
//
// In a task of a pool, Await should be called with the task's context or one derived
// from it: the task then lends its slot to the task that it waits for, or to one that
// must run before that. It takes the slot back before Await returns, unless ctx ends:
// then Await returns first. The task keeps its slot
//
//   - while the awaited task runs, and does not lend its own slot,
//   - if the future is another pool's, one of [NewPromise] or one of [Go],
//   - if ctx is not the task's, nor derived from it.
//
// If the future is one of [NewPromiseFunc], whose work runs elsewhere, the slot is lent
// to whatever is pending.
//
// The task is known by ctx alone. A goroutine that the task has started and that waits
// with the task's context also lends the slot, though the task itself works on.
//
// If the future waits, directly or through other tasks, for the task that calls Await,
// Await returns [ErrDeadlock].
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	t := f.task("Await")
	needContext("Await", ctx)
	if !t.Settled() {
		if err := sched.Await(ctx, t); err != nil {
			var zero T
			return zero, err
		}
	}
	return f.cell().Value(), t.Err()
}

// Poll returns the outcome and true if the future has settled, or else a zero Result
// and false. It never blocks.
func (f *Future[T]) Poll() (Result[T], bool) {
	if !f.task("Poll").Look().Settled() {
		return Result[T]{}, false
	}
	return f.result(), true
}

// Done returns a channel that is closed when the future settles, for use in a select
// statement. All calls return the same channel; the first one makes it. To wait for
// nothing but the future use [Future.Await]: it needs no channel and, in a task of a
// pool, lends the task's slot.
func (f *Future[T]) Done() <-chan struct{} { return f.task("Done").Done() }

// State returns the state at this instant. It is the authority on whether the task's
// function was called: if the state is [Cancelled], it was not. The future of a
// pool.Then whose input did not succeed has the state of its input.
func (f *Future[T]) State() State { return State(f.task("State").Look()) }

// Cancel settles a pending future at once as [Cancelled]: the function of its task is
// never called. Cancel has no effect on a task that has started; see [Future.Abort]. It
// reports whether the future is cancelled, so a second Cancel also reports true. Cancel
// does not settle a future of a promise of [NewPromiseFunc]. It is Future.cancel of
// Python's concurrent.futures.
func (f *Future[T]) Cancel() bool { return f.task("Cancel").Cancel() }

// Abort ends the task of a future that has not settled. If the task is pending, Abort
// cancels it, and the future's error wraps cause. If the task is running, Abort ends the
// task's context with cause; it does not wait for the task, which has to notice. A nil
// cause stands for [context.Canceled]. Abort reports whether it had an effect. It has
// none on
//
//   - a future that has settled,
//   - a running task whose context has ended already,
//   - the future of a promise of [NewPromise] that was started.
//
// If the future is of a promise of [NewPromiseFunc], pending or running, Abort calls the
// function that was given there, and returns its result.
func (f *Future[T]) Abort(cause error) bool {
	if cause == nil {
		cause = context.Canceled
	}
	return f.task("Abort").Abort(cause)
}

// String returns the type and the state, never the value.
func (f *Future[T]) String() string { return describe(f, f) }

// describe returns the type of half, which is f or its promise, and the state of f.
func describe[T any](half any, f *Future[T]) string {
	if f == nil {
		return fmt.Sprintf("%T(nil)", half)
	}
	if !f.cell().Task().Has(outcome.Made) {
		return fmt.Sprintf("%T(zero)", half)
	}
	return fmt.Sprintf("%T(%v)", half, f.State())
}

// Format writes what String returns, whatever the verb, so that the value of a future
// stays out of logs.
func (f *Future[T]) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.String()) }

func needContext(call string, ctx context.Context) {
	if ctx == nil {
		panic("future: " + call + ": nil context")
	}
}
