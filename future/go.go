package future

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// Go runs fn in a goroutine of its own and returns its future at once. The future is
// running from the start: it can be aborted, but not cancelled. If ctx has ended, fn is
// never called and the future is [Cancelled].
//
// The context of fn is derived from ctx. It ends when fn has returned; its cause is then
// [ErrTaskEnded]. If fn panics, the error is a *[PanicError]; if fn calls
// [runtime.Goexit], the error is [ErrGoexit]. Go panics if ctx or fn is nil.
//
// Go has no bound. For many tasks use a pool, which has one and costs less.
func Go[T any](ctx context.Context, fn func(context.Context) (T, error)) *Future[T] {
	needContext("Go", ctx)
	if fn == nil {
		panic("future: Go: nil function")
	}
	g := new(goroutine[T])
	t := g.cell.Task()
	t.Prepare(g)
	t.Use(&g.hub)
	if ctx.Err() != nil {
		t.Finish(outcome.Cancelled, outcome.NeverRan(outcome.Reason(ctx)))
		return (*Future[T])(&g.cell)
	}
	g.ctx, g.cancel = context.WithCancelCause(taskctx.Detach(ctx, nil))
	t.Begin()
	go g.run(g.ctx, fn)
	return (*Future[T])(&g.cell)
}

// A goroutine is a task of Go. It is the owner of its own cell: no pool decides about
// it.
type goroutine[T any] struct {
	sched.NoBody
	cell cell.Cell[T]
	hub  outcome.Hub

	mu     sync.Mutex
	ctx    context.Context         // for Abort; nil when that was called, or the function has ended
	cancel context.CancelCauseFunc // nil when the function has ended
}

// Cancel implements sched.Owner: the task has started.
func (g *goroutine[T]) Cancel() bool { return false }

// Abort implements sched.Owner.
func (g *goroutine[T]) Abort(cause error) bool {
	g.mu.Lock()
	ctx, cancel := g.ctx, g.cancel
	g.ctx = nil
	g.mu.Unlock()
	if ctx == nil || ctx.Err() != nil {
		return false
	}
	cancel(cause)
	return true
}

// run calls fn and settles the future, whatever comes of the call.
func (g *goroutine[T]) run(ctx context.Context, fn func(context.Context) (T, error)) {
	defer g.settle()
	g.cell.Call(ctx, fn)
}

// settle ends the context and publishes the outcome.
func (g *goroutine[T]) settle() {
	g.mu.Lock()
	cancel := g.cancel
	g.ctx, g.cancel = nil, nil
	g.mu.Unlock()
	cancel(ErrTaskEnded)
	state := outcome.Succeeded
	if g.cell.Err() != nil {
		state = outcome.Failed
	}
	g.cell.Task().Finish(state, g.cell.Err())
}
