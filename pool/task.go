package pool

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A task is one object: the cell of its future and the function. Settling lets go of
// the function, the context and the pool, so that a future that is kept costs its
// value and no more.
type task[T any] struct {
	cell.Cell[T]
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

// plainPool returns the pool that ex is, if a task with these options is a plain one there that nobody
// observes; else nil.
func plainPool(ex Executor, opts []millrace.TaskOption) *sched.Pool {
	if p, ok := ex.(*Pool); ok && len(opts) == 0 {
		if s := p.sched(); s.TakesPlain() {
			return s
		}
	}
	return nil
}

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
func (t *task[T]) Run(ctx context.Context, _ *sched.Task) {
	fn := t.fn
	t.fn = nil
	t.Call(ctx, fn)
}

// Run implements sched.Body. The function is kept for another attempt; the scheduler
// calls Drop when there will be none.
func (t *richTask[T]) Run(ctx context.Context, s *sched.Task) {
	if t.extra.Retries() {
		t.CallAttempt(ctx, t.fn)
		return
	}
	t.task.Run(ctx, s)
}
