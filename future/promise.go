package future

import "github.com/millrace-go/millrace/internal/cell"

// A Promise is the writing half of a future, for bridges from callbacks and for
// executors of one's own. All methods may be called concurrently; of all calls
// that could settle it, [Future.Cancel] among them, exactly one does. It must
// not be copied. To run a function, use [Go] or a pool: they also carry panics.
type Promise[T any] cell.Cell[T]

// NewPromise returns a promise whose future is pending.
func NewPromise[T any]() *Promise[T] { return new(Promise[T]) }

func (p *Promise[T]) cell(call string) *cell.Cell[T] {
	if p == nil {
		panic("future: " + call + ": nil promise")
	}
	return (*cell.Cell[T])(p)
}

// Future returns the reading half, always the same.
func (p *Promise[T]) Future() *Future[T] { return (*Future[T])(p.cell("Promise.Future")) }

// Start moves the future from pending to running: from then on it cannot be
// cancelled. It reports false if the future is settled, or was started before.
func (p *Promise[T]) Start() bool { return p.cell("Promise.Start").Core().Start() }

// Resolve settles the future with a value, in state [Succeeded], from pending
// or running. It reports false, and changes nothing, if it was settled already.
// It runs the functions registered by [Future.OnDone].
func (p *Promise[T]) Resolve(v T) bool { return p.cell("Promise.Resolve").Resolve(v) }

// Reject is Resolve with an error, in state [Failed]. It panics if err is nil.
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
