package pool

import (
	"context"
	"runtime/debug"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// An Executor is what tasks are submitted to: a [*Pool] or a [*Group]. No other
// type can implement it.
type Executor interface {
	// submit takes a task; pool is where its slots come from.
	submit(*sched.Task)
	pool() *sched.Pool
	group() *sched.Group
}

func (p *Pool) submit(t *sched.Task) { p.sched().Submit(t) }
func (p *Pool) pool() *sched.Pool    { return p.sched() }
func (p *Pool) group() *sched.Group  { return nil }

// A task is one object: the cell of its future, the scheduler's half, and the
// function. Settling lets go of the function and the context, so that a future
// that is kept costs its value and no more.
type task[T any] struct {
	cell cell.Cell[T]
	sched.Task
	fn func(context.Context) (T, error)
}

// richTask is a task with what few tasks need, still one object.
type richTask[T any] struct {
	task[T]
	extra sched.Extra
}

// newTask returns a task that has not been submitted: a rich one if it has
// options, or if its executor is a group or it waits for an input.
func newTask[T any](ctx context.Context, opts []millrace.TaskOption, rich bool, fn func(context.Context) (T, error)) *task[T] {
	if !rich && len(opts) == 0 {
		t := &task[T]{fn: fn}
		t.Init(ctx, t, nil)
		return t
	}
	o := options.NewTask(opts)
	t := &richTask[T]{task: task[T]{fn: fn}, extra: sched.Extra{Task: o}}
	if o.Timeout > 0 {
		t.extra.TimeoutCause = &future.TimeoutError{After: o.Timeout}
	}
	t.Init(ctx, &t.task, &t.extra)
	return &t.task
}

func (t *task[T]) future() *future.Future[T] { return (*future.Future[T])(&t.cell) }

// Core implements sched.Body.
func (t *task[T]) Core() *cell.Core { return t.cell.Core() }

// Drop implements sched.Body.
func (t *task[T]) Drop() { t.fn = nil }

// Run implements sched.Body.
func (t *task[T]) Run(ctx context.Context, s *sched.Task) {
	fn := t.fn
	t.fn = nil
	t.call(ctx, s, fn)
	if s.Outcome == sched.Exited {
		// Not a Goexit, or we would not be here: panic(nil) with GODEBUG=panicnil=1,
		// for which recover returns nil as for none.
		t.panicked(nil, debug.Stack(), s)
	}
}

func (t *task[T]) call(ctx context.Context, s *sched.Task, fn func(context.Context) (T, error)) {
	returned := false
	defer func() {
		if !returned {
			t.unwound(recover(), s)
		}
	}()
	v, err := fn(ctx)
	returned = true
	t.cell.Set(v, err)
	s.Outcome = sched.Succeeded
	if err != nil {
		s.Outcome = sched.Failed
	}
}

// unwound stores the outcome of a function that did not return: r is what
// recover returned.
func (t *task[T]) unwound(r any, s *sched.Task) {
	switch {
	case r == nil:
		var zero T
		t.cell.Set(zero, future.ErrGoexit)
		s.Outcome = sched.Exited
	case s.Crash():
		panic(r) // the stack of the first panic is still below this one, and is printed
	default:
		t.panicked(r, debug.Stack(), s)
	}
}

func (t *task[T]) panicked(value any, stack []byte, s *sched.Task) {
	var zero T
	t.cell.Set(zero, &future.PanicError{Value: value, Stack: stack})
	s.Outcome = sched.Panicked
}

// Submit has ex run fn and returns its future, never nil. It blocks only if the
// pool's queue is bounded and full: see millrace.WithOverflow.
//
// The context bounds the wait for a slot and the run, and reaches fn with its
// values; when it ends a pending task is cancelled at once. The context fn gets
// also ends with [future.Future.Abort], Stop, the group's first error and
// WithTimeout, and when fn has returned; so a task that is to outlive its
// parent is submitted with [context.WithoutCancel].
//
// A task that cannot be taken, because the pool is closed, stopped, broken or
// full, the task too heavy, or the context has ended, is not lost: its future is
// [future.Cancelled] and its error says why. A panic of fn becomes a [*future.PanicError], a Goexit
// [future.ErrGoexit]. Submit panics if ctx, ex or fn is nil.
func Submit[T any](ctx context.Context, ex Executor, fn func(context.Context) (T, error), opts ...millrace.TaskOption) *future.Future[T] {
	checkCall("Submit", ctx, ex, fn == nil)
	t := newTask(ctx, opts, ex.group() != nil, fn)
	ex.submit(&t.Task)
	return t.future()
}

// Go is [Submit] of a function without a result.
func Go(ctx context.Context, ex Executor, fn func(context.Context) error, opts ...millrace.TaskOption) *future.Future[struct{}] {
	checkCall("Go", ctx, ex, fn == nil)
	return Submit(ctx, ex, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }, opts...)
}

// Then submits fn to run with the value of f once f has succeeded. Until then
// it holds no slot, no weight and no place in the queue; then it takes the place
// in the order that it was submitted in, or its turn among those that wait for a
// place in a queue that is full; with Reject or DropOldest it may then never run, with
// [ErrQueueFull]. If f fails or is cancelled, fn
// never runs and the result has f's state and error. Close waits for it, Stop
// and the end of ctx settle it. It panics if an argument is nil.
func Then[A, B any](ctx context.Context, ex Executor, f *future.Future[A], fn func(context.Context, A) (B, error), opts ...millrace.TaskOption) *future.Future[B] {
	checkCall("Then", ctx, ex, fn == nil)
	if f == nil {
		panic("pool: Then: nil future")
	}
	input := (*cell.Cell[A])(f)
	t := newTask(ctx, opts, true, func(ctx context.Context) (B, error) {
		return fn(ctx, input.Value())
	})
	t.After(input.Core())
	ex.submit(&t.Task)
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
