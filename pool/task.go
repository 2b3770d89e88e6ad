package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A task is one object: the cell of its future and the function. Settling lets go of
// the function, the context and the pool, so that a future that is kept costs its
// value and no more.
type task[T any] struct {
	sched.Cell[T]
	fn func(context.Context) (T, error)
}

// richTask is a task with what few tasks need, still one object.
type richTask[T any] struct {
	task[T]
	extra sched.Extra
}

// takesPlain reports whether tasks without options are plain ones in p, or as members of
// g, which may be nil.
func takesPlain(p *sched.Pool, g *sched.Group) bool { return g == nil && !p.NeedsExtra() }

func newRichTask[T any](fn func(context.Context) (T, error), opts []millrace.TaskOption) *richTask[T] {
	t := &richTask[T]{task: task[T]{fn: fn}}
	common, rest := options.NewTask(opts)
	t.Task().Setup(t, &t.extra, common, rest)
	return t
}

func (t *task[T]) future() *future.Future[T] { return (*future.Future[T])(&t.Cell) }

// Extra implements sched.Body.
func (t *task[T]) Extra() *sched.Extra     { return nil }
func (t *richTask[T]) Extra() *sched.Extra { return &t.extra }

// Drop implements sched.Body.
func (t *task[T]) Drop() { t.fn = nil }

// Run implements sched.Body.
func (t *task[T]) Run(ctx context.Context, s *sched.Task) {
	fn := t.fn
	t.fn = nil
	t.call(ctx, s, fn)
}

// Run implements sched.Body. The function is kept for another attempt; the scheduler
// calls Drop when there will be none.
func (t *richTask[T]) Run(ctx context.Context, s *sched.Task) {
	if t.extra.Retries() {
		s.SetErr(nil)
		t.call(ctx, s, t.fn)
		return
	}
	t.task.Run(ctx, s)
}

func (t *task[T]) call(ctx context.Context, s *sched.Task, fn func(context.Context) (T, error)) {
	if t.try(ctx, s, fn) {
		return
	}
	// Not a Goexit, or this line would not be reached: panic(nil) with
	// GODEBUG=panicnil=1, for which recover returns nil as for none.
	t.fail(s, fault.In(s.Name(), nil))
}

// try reports whether fn has returned, or has panicked with something.
func (t *task[T]) try(ctx context.Context, s *sched.Task, fn func(context.Context) (T, error)) (ok bool) {
	returned := false
	defer func() {
		if !returned {
			ok = t.unwound(recover(), s)
		}
	}()
	v, err := fn(ctx)
	returned = true
	t.Set(v, err)
	return true
}

// unwound stores the outcome of a function that did not return: r is what recover
// returned. A panic that is to end the process goes on, when the observers of the task
// have been told of it.
func (t *task[T]) unwound(r any, s *sched.Task) (ok bool) {
	if r == nil {
		t.fail(s, future.ErrGoexit)
		return false
	}
	t.fail(s, fault.In(s.Name(), r))
	if s.CrashOnPanic() {
		panic(r) // the stack of the first panic is still below this one, and is printed
	}
	return true
}

// Fail gives the task an error in place of what its function has returned.
func (t *richTask[T]) Fail(err error) {
	var zero T
	t.Set(zero, err)
}

// fail stores the outcome of a function that did not return.
func (t *task[T]) fail(s *sched.Task, err error) {
	var zero T
	t.Set(zero, err)
	s.Add(outcome.Unwound)
}
