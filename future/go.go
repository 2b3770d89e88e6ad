package future

import (
	"context"
	"runtime/debug"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/cell"
)

// Go runs fn in a goroutine of its own, without a pool and without a bound, and
// returns its future, which is running: it can be aborted, not cancelled. The
// context of fn is derived from ctx and ends when fn has returned. If ctx has
// ended, fn is never called and the future is [Cancelled].
//
// A panic of fn becomes a [PanicError], a Goexit [ErrGoexit]. For many tasks
// use a pool, which bounds them and costs less.
func Go[T any](ctx context.Context, fn func(context.Context) (T, error)) *Future[T] {
	needContext("Go", ctx)
	if fn == nil {
		panic("future: Go: nil function")
	}
	g := new(goroutine[T])
	core := g.cell.Core()
	if ctx.Err() != nil {
		core.Finish(cell.Cancelled, cell.NeverRan(context.Cause(ctx)), nil)
		return (*Future[T])(&g.cell)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	g.ctx.Store(&ending{ctx, cancel})
	core.SetOwner(g)
	core.Begin()
	go g.run(ctx, fn)
	return (*Future[T])(&g.cell)
}

// A goroutine is a task of Go. It is its own cell's owner: there is nobody else
// to ask whether it may run.
type goroutine[T any] struct {
	cell cell.Cell[T]
	ctx  atomic.Pointer[ending] // nil when it has ended
}

// ending is a context with what ends it.
type ending struct {
	context.Context
	cancel context.CancelCauseFunc
}

// Cancel implements cell.Owner: the task has started.
func (g *goroutine[T]) Cancel() bool { return false }

// Lapse implements cell.Owner: the task is never pending.
func (g *goroutine[T]) Lapse() {}

// Abort implements cell.Owner.
func (g *goroutine[T]) Abort(cause error) bool {
	ctx := g.ctx.Load()
	if ctx == nil || ctx.Err() != nil {
		return false
	}
	ctx.cancel(cause)
	return true
}

// run calls fn and settles the future, whatever comes of the call.
func (g *goroutine[T]) run(ctx context.Context, fn func(context.Context) (T, error)) {
	var c call[T]
	defer func() { g.settle(c.v, c.err) }()
	c.do(ctx, fn)
}

// A call is the outcome of a function, also of one that did not return.
type call[T any] struct {
	v   T
	err error
}

func (c *call[T]) do(ctx context.Context, fn func(context.Context) (T, error)) {
	var stack []byte
	c.protect(ctx, fn, &stack)
	if stack != nil {
		// It panicked, with a value that recover does not tell from none.
		c.err = &PanicError{nil, stack}
	}
}

// protect leaves a stack behind if fn did not return and recover had nothing to
// say: then it was a Goexit, and nobody will look; or else a panic(nil) as of
// old, see GODEBUG=panicnil.
func (c *call[T]) protect(ctx context.Context, fn func(context.Context) (T, error), stack *[]byte) {
	returned := false
	defer func() {
		if returned {
			return
		}
		c.err = ErrGoexit
		if r := recover(); r != nil {
			c.err = &PanicError{r, debug.Stack()}
			return
		}
		*stack = debug.Stack()
	}()
	c.v, c.err = fn(ctx)
	returned = true
}

func (g *goroutine[T]) settle(v T, err error) {
	g.ctx.Swap(nil).cancel(nil)
	g.cell.Set(v, err)
	state := cell.Succeeded
	if err != nil {
		state = cell.Failed
	}
	if core := g.cell.Core(); core.Settle(state).Release() {
		core.Release()
	}
}
