package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// An Executor is what tasks are submitted to: a [*Pool] or a [*Group]. No other type
// can implement it.
type Executor interface {
	// target returns the pool that the slots come from, and the group, nil for a pool.
	target() (*sched.Pool, *sched.Group)
}

func (p *Pool) target() (*sched.Pool, *sched.Group) { return p.sched(), nil }

func (g *Group) target() (*sched.Pool, *sched.Group) {
	s := g.group()
	return s.Pool(), s
}

// scheduler returns what the engine takes tasks with.
func scheduler(ex Executor) sched.Executor {
	p, g := ex.target()
	if g != nil {
		return g
	}
	return p
}

// Submit makes fn a task of ex and returns its future, which is never nil. Submit blocks
// only if the pool's queue is bounded and full, as millrace.WithOverflow says.
//
// If the task cannot be taken, because the pool is closed, stopped, broken or full,
// because the task is too heavy, or because ctx has ended, the future is
// [future.Cancelled] and its error says why. If fn panics, the future's error is a
// *[future.PanicError]; if fn calls runtime.Goexit, it is [future.ErrGoexit]. Submit
// panics if ctx, ex or fn is nil.
//
// ctx bounds both the time in the queue and the run, and its values reach fn. When it
// ends, a pending task is cancelled at once, and the context of a running one ends. The
// context that fn gets also ends
//
//   - with [future.Future.Abort], with the cause given there,
//   - with Stop and Shutdown, with [ErrStopped],
//   - with millrace.WithTimeout, with a *[future.TimeoutError],
//   - with the context of the pool (millrace.WithContext) or of its group, with its
//     cause,
//   - with the first failure of its group, with the member's error,
//   - when fn has returned, with [future.ErrTaskEnded].
//
// So a task that is to outlive the task that submits it needs a context of its own, which
// [context.WithoutCancel] makes, or a group. A group owns its members: a task that a
// member submits to it, with the member's context, lives as long as the group.
func Submit[T any](ctx context.Context, ex Executor, fn func(context.Context) (T, error), opts ...millrace.TaskOption) *future.Future[T] {
	checkCall("Submit", ctx, ex, fn == nil)
	if p := plainPool(ex, opts); p != nil {
		return submitPlain(ctx, p, fn)
	}
	return submit(ctx, ex, fn, fn, nil, opts)
}

// Go is [Submit] for a function without a result.
func Go(ctx context.Context, ex Executor, fn func(context.Context) error, opts ...millrace.TaskOption) *future.Future[struct{}] {
	checkCall("Go", ctx, ex, fn == nil)
	run := func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }
	if p := plainPool(ex, opts); p != nil {
		return submitPlain(ctx, p, run)
	}
	return submit(ctx, ex, run, fn, nil, opts)
}

// Then submits fn to run with the value of f once f has succeeded. If f fails or is
// cancelled, fn never runs, and the result has the state and the error of f.
//
// Until f has settled, the task holds no slot, no weight and no place in the queue. Then
// it takes its place in the queue, by the order of its own submission. If the queue is
// full by then, the task waits for a place; with millrace.Reject it never runs, with
// [ErrQueueFull], and with millrace.DropOldest the oldest pending task makes room.
//
// Close waits for the task. Stop and the end of ctx settle it, also before f has settled.
// In all else Then is like [Submit]. It panics if an argument is nil.
//
// For a task with several inputs call [Submit], and [future.All] in its function.
func Then[A, B any](ctx context.Context, ex Executor, f *future.Future[A], fn func(context.Context, A) (B, error), opts ...millrace.TaskOption) *future.Future[B] {
	checkCall("Then", ctx, ex, fn == nil)
	if f == nil {
		panic("pool: Then: nil future")
	}
	input := (*cell.Cell[A])(f)
	if !input.Task().Has(outcome.Made) {
		panic("pool: Then: zero Future: make one with pool.Submit, future.Go or future.NewPromise")
	}
	return submit(ctx, ex, func(ctx context.Context) (B, error) { return fn(ctx, input.Value()) }, fn, input.Task(), opts)
}

// submitPlain is submit for a plain task of a pool.
func submitPlain[T any](ctx context.Context, p *sched.Pool, fn func(context.Context) (T, error)) *future.Future[T] {
	t := &task[T]{fn: fn}
	t.Task().Plain(t)
	p.Submit(ctx, t.Task())
	return t.future()
}

// submit makes a task of fn and submits it. user is the function that the caller gave,
// for observers, and input what a Then waits for.
func submit[T any](ctx context.Context, ex Executor, fn func(context.Context) (T, error), user any, input *sched.Task, opts []millrace.TaskOption) *future.Future[T] {
	p, g := ex.target()
	if p.Observer() != nil {
		return submitObserved(ctx, p, g, fn, user, input, opts)
	}
	t := newRichTask(fn, opts)
	if input != nil {
		t.extra.After(input)
	}
	p.SubmitTo(ctx, t.Task(), g)
	return t.future()
}

// checkCall panics if an argument that every call needs is nil.
func checkCall(call string, ctx context.Context, ex Executor, nilFunc bool) {
	needContext(call, ctx)
	if ex == nil || ex == (*Pool)(nil) || ex == (*Group)(nil) {
		panic("pool: " + call + ": nil executor")
	}
	if nilFunc {
		panic("pool: " + call + ": nil function")
	}
}

func needContext(call string, ctx context.Context) {
	if ctx == nil {
		panic("pool: " + call + ": nil context")
	}
}
