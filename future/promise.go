package future

import (
	"fmt"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Promise is the writing half of a future, for bridges from callbacks and for executors
// of your own. To run a function use [Go] or a pool, which also turn panics into errors.
// Make a promise with [NewPromise] or [NewPromiseFunc]; the zero value panics at its
// first use. A Promise must not be copied.
//
// All its methods may be called by any number of goroutines at once. Several calls may
// try to settle the future, [Future.Cancel] among them: the first call does, and the
// others report false.
type Promise[T any] struct {
	cell cell.Cell[T] // a field, so that a future does not convert to its promise
}

// NewPromise returns a promise whose future is pending.
func NewPromise[T any]() *Promise[T] {
	p := new(local[T])
	t := p.cell.Task()
	t.Prepare(nil)
	t.Use(&p.hub)
	return &p.Promise
}

// A local is a promise of NewPromise. Something is likely to wait for it by way of Done.
type local[T any] struct {
	Promise[T]
	hub outcome.Hub
}

// settled returns a promise that settles before something can wait for it.
func settled[T any]() *Promise[T] {
	p := new(Promise[T])
	p.cell.Task().Prepare(nil)
	return p
}

// NewPromiseFunc is [NewPromise] for an executor whose work runs elsewhere: in another
// process, or on another machine. Its future differs in three ways:
//
//   - Abort of the future calls abort with the cause, without holding a lock, and returns
//     what abort returns: whether it had an effect. abort may settle the promise. It is
//     not called by an Abort that begins after the future has settled. If abort panics,
//     Abort panics.
//   - Cancel of the future settles nothing, because nothing here can tell whether the
//     work has begun. It reports whether the future is [Cancelled]. An executor that
//     knows that the work never began says so with [Promise.NeverRan].
//   - A task that waits for the future with its own context lends its slot to whatever is
//     pending, because the work that it waits for is bounded elsewhere.
//
// NewPromiseFunc panics if abort is nil.
func NewPromiseFunc[T any](abort func(cause error) bool) *Promise[T] {
	if abort == nil {
		panic("future: NewPromiseFunc: nil function")
	}
	p := new(remote[T])
	p.abort.Store(&abort)
	t := p.promise.cell.Task()
	t.Prepare(p)
	t.Use(&p.hub)
	return &p.promise
}

// A remote is a promise of NewPromiseFunc.
type remote[T any] struct {
	sched.NoBody
	promise Promise[T]
	hub     outcome.Hub
	abort   atomic.Pointer[func(error) bool] // nil: it has settled
}

// RunsElsewhere reports that a task that waits for the promise lends its slot to any other.
func (r *remote[T]) RunsElsewhere() bool { return true }

// Drop lets go of the function when the promise settles.
func (r *remote[T]) Drop() { r.abort.Store(nil) }

// Cancel implements sched.Owner.
func (r *remote[T]) Cancel() bool { return r.promise.cell.Task().State() == outcome.Cancelled }

// Abort implements sched.Owner.
func (r *remote[T]) Abort(cause error) bool {
	abort := r.abort.Load()
	return abort != nil && (*abort)(cause)
}

// task returns the task of p, for the method named call. It panics if p is nil or was not
// made by a constructor.
func (p *Promise[T]) task(call string) *sched.Task {
	if p == nil {
		panic("future: " + call + ": nil promise")
	}
	t := p.cell.Task()
	if !t.Has(outcome.Made) {
		panic("future: " + call + ": zero Promise: make one with future.NewPromise")
	}
	return t
}

// Future returns the reading half. All calls return the same pointer.
func (p *Promise[T]) Future() *Future[T] {
	p.task("Promise.Future")
	return (*Future[T])(&p.cell)
}

// Start moves the future from pending to running: from then on it cannot be cancelled.
// Start reports false, and changes nothing, if the future has settled or was started
// before. So if several executors try to start one task, one of them succeeds.
func (p *Promise[T]) Start() bool { return p.task("Promise.Start").Start() }

// Resolve settles a pending or running future with the value v; its state is then
// [Succeeded]. Resolve calls the functions that were registered with [Future.OnDone].
// It reports false, and changes nothing, if the future has settled already.
func (p *Promise[T]) Resolve(v T) bool {
	return p.settle(p.task("Promise.Resolve"), false, outcome.Succeeded, v, nil)
}

// settle settles the future, unless it has settled, or has started and has to be pending.
func (p *Promise[T]) settle(t *sched.Task, pending bool, s outcome.State, v T, err error) bool {
	if !t.Claim(pending) {
		return false
	}
	p.cell.Set(v, err)
	t.DropBody()
	t.Finish(s, err)
	return true
}

// Reject settles the future with an error; its state is then [Failed]. In all else it is
// like [Promise.Resolve]. It panics if err is nil.
func (p *Promise[T]) Reject(err error) bool {
	t := p.task("Promise.Reject")
	if err == nil {
		panic("future: Promise.Reject: nil error")
	}
	var zero T
	return p.settle(t, false, outcome.Failed, zero, err)
}

// NeverRan settles a pending future as [Cancelled], for an executor that knows that the
// task's function was not called and will not be. Its error is [ErrCancelled] and wraps
// cause, if that is not nil. NeverRan reports false, and changes nothing, if the future
// has settled or was started.
func (p *Promise[T]) NeverRan(cause error) bool {
	var zero T
	return p.settle(p.task("Promise.NeverRan"), true, outcome.Cancelled, zero, outcome.NeverRan(cause))
}

// Resolved returns a future that has succeeded with v.
func Resolved[T any](v T) *Future[T] {
	p := settled[T]()
	p.Resolve(v)
	return p.Future()
}

// Rejected returns a future that has failed with err. It panics if err is nil.
func Rejected[T any](err error) *Future[T] {
	if err == nil {
		panic("future: Rejected: nil error")
	}
	p := settled[T]()
	p.Reject(err)
	return p.Future()
}

// String returns the type and the state, never the value.
func (p *Promise[T]) String() string {
	if p == nil {
		return fmt.Sprintf("%T(nil)", p)
	}
	return describe(p, (*Future[T])(&p.cell))
}

// Format writes what String returns, whatever the verb, so that the value of a promise
// stays out of logs.
func (p *Promise[T]) Format(s fmt.State, _ rune) { fmt.Fprint(s, p.String()) }
