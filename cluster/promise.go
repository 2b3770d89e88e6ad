package cluster

import (
	"sync"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/cell"
)

// A promise is the writing half of the future of a call: Abort is passed on to
// the engine, Cancel settles nothing, and NeverRan is for who knows that it never ran.
type promise[T any] struct {
	cell  cell.Cell[T]
	mu    sync.Mutex
	over  bool
	begun bool
	abort func(cause error) bool
}

func newPromise[T any](abort func(cause error) bool) *promise[T] {
	p := &promise[T]{abort: abort}
	p.cell.Core().SetOwner(p)
	return p
}

func (p *promise[T]) Future() *future.Future[T] { return (*future.Future[T])(&p.cell) }

// Cancel implements cell.Owner.
func (p *promise[T]) Cancel() bool { return p.cell.Core().State() == cell.Cancelled }

// Abort implements cell.Owner.
func (p *promise[T]) Abort(cause error) bool {
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	return !over && p.abort(cause)
}

// Look implements cell.Owner.
func (p *promise[T]) Look() {}

func (p *promise[T]) Start() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.begun {
		return false
	}
	p.begun = true
	p.cell.Core().Begin()
	return true
}

func (p *promise[T]) settle(s cell.State, v T, err error) bool {
	p.mu.Lock()
	if p.over || s == cell.Cancelled && p.begun {
		p.mu.Unlock()
		return false
	}
	p.over = true
	p.cell.Set(v, err)
	owed := p.cell.Core().Settle(s)
	p.mu.Unlock()
	if owed.Release() {
		p.cell.Core().Release()
	}
	return true
}

func (p *promise[T]) Resolve(v T) bool { return p.settle(cell.Succeeded, v, nil) }

func (p *promise[T]) Reject(err error) bool {
	var zero T
	return p.settle(cell.Failed, zero, err)
}

func (p *promise[T]) NeverRan(cause error) bool {
	var zero T
	return p.settle(cell.Cancelled, zero, cell.NeverRan(cause))
}
