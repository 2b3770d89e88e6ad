package future

import "github.com/millrace-go/millrace/internal/cell"

// A Promise is the writing half of a future, for bridges from callbacks and for
// executors of one's own. All its methods may be called by any number of goroutines at
// once. Several calls may try to settle the future, [Future.Cancel] among them: the
// first one does, and the others report false. A Promise must not be copied. Make one
// with [NewPromise].
//
// To run a function use [Go] or a pool, which also turn panics into errors.
type Promise[T any] cell.Cell[T]

// NewPromise returns a promise whose future is pending.
func NewPromise[T any]() *Promise[T] { return new(Promise[T]) }

func (p *Promise[T]) cell(call string) *cell.Cell[T] {
	if p == nil {
		panic("future: " + call + ": nil promise")
	}
	return (*cell.Cell[T])(p)
}

// Future returns the reading half. All calls return the same pointer.
func (p *Promise[T]) Future() *Future[T] { return (*Future[T])(p.cell("Promise.Future")) }

// Start moves the future from pending to running. From then on it cannot be cancelled.
// Start reports false, and changes nothing, if the future has settled or was started
// before: of several executors that try to start one task, one succeeds.
func (p *Promise[T]) Start() bool { return p.cell("Promise.Start").Core().Start() }

// Resolve settles a pending or running future with the value v; its state is then
// [Succeeded]. Resolve calls the functions that were registered with [Future.OnDone].
// It reports false, and changes nothing, if the future has settled already.
func (p *Promise[T]) Resolve(v T) bool { return p.cell("Promise.Resolve").Resolve(v) }

// Reject settles the future with an error; its state is then [Failed]. In all else it
// is as Resolve. It panics if err is nil.
func (p *Promise[T]) Reject(err error) bool {
	c := p.cell("Promise.Reject")
	if err == nil {
		panic("future: Promise.Reject: nil error")
	}
	return c.Reject(err)
}

// Resolved returns a future that has succeeded with v.
func Resolved[T any](v T) *Future[T] {
	p := NewPromise[T]()
	p.Resolve(v)
	return p.Future()
}

// Rejected returns a future that has failed with err. It panics if err is nil.
func Rejected[T any](err error) *Future[T] {
	if err == nil {
		panic("future: Rejected: nil error")
	}
	p := NewPromise[T]()
	p.Reject(err)
	return p.Future()
}
