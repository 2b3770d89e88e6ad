package pool

import (
	"context"
	"reflect"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A watched is what a task has more if its pool has an observer. Such tasks are types
// of their own, so that tasks of other pools do not pay for it.
type watched struct {
	observer *options.Observers
	info     options.TaskInfo
	ctx      context.Context // that Submitted returned
}

// observedTask is a task, and observedRichTask a rich one, of a pool that has an
// observer.
type (
	observedTask[T any] struct {
		task[T]
		watched
	}
	observedRichTask[T any] struct {
		richTask[T]
		watched
	}
)

// submitObserved is submit for a pool that has an observer.
func submitObserved[T any](ctx context.Context, ex Executor, o *options.Observers, fn func(context.Context) (T, error), user any, input *sched.Task, opts []millrace.TaskOption) *future.Future[T] {
	x := scheduler(ex)
	if len(opts) == 0 && input == nil && takesPlain(ex.target()) {
		t := &observedTask[T]{task: task[T]{fn: fn}}
		t.submitted(ctx, x, o, "", user)
		t.Task().Plain(t)
		x.Submit(t.ctx, t.Task())
		return t.future()
	}
	common, rest := options.NewTask(opts)
	t := &observedRichTask[T]{richTask: richTask[T]{task: task[T]{fn: fn}}}
	t.submitted(ctx, x, o, rest.Name, user)
	t.Task().Setup(t, &t.extra, common, rest)
	if input != nil {
		t.extra.After(input)
	}
	x.Submit(t.ctx, t.Task())
	return t.future()
}

// submitted tells the observer of a new task, whose function the caller gave as user.
func (t *watched) submitted(ctx context.Context, x sched.Executor, o *options.Observers, name string, user any) {
	t.observer = o
	// One by one: a literal would be made elsewhere and copied.
	i := &t.info
	i.Pool, i.Name, i.Func = sched.PoolOf(x).Name(), name, reflect.ValueOf(user).Pointer()
	i.Attempt, i.Submitted = 1, o.Now()
	t.ctx = o.Submitted(ctx, i)
}

// drop lets go of what a settled task must not keep: its error is the future's too.
func (t *watched) drop() {
	t.observer, t.ctx, t.info.Note = nil, nil, nil
}

// Run implements sched.Body. There is no other attempt.
func (t *observedTask[T]) Run(ctx context.Context, s *sched.Task) {
	defer t.drop()
	t.around(ctx, s, t.task.Run)
}

// Run implements sched.Body.
func (t *observedRichTask[T]) Run(ctx context.Context, s *sched.Task) {
	t.around(ctx, s, t.richTask.Run)
}

// around calls run, which calls the task's function, between Started and Ended.
func (t *watched) around(ctx context.Context, s *sched.Task, run func(context.Context, *sched.Task)) {
	t.info.Wait = time.Since(t.info.Submitted)
	began := t.info.Wait
	inner := ctx
	// Deferred, because an observer may call Goexit, which does not keep the task from
	// running.
	defer func() {
		defer t.ended(inner, s, began)
		run(inner, s)
	}()
	inner = t.observer.Started(ctx, &t.info)
}

func (t *watched) ended(ctx context.Context, s *sched.Task, began time.Duration) {
	t.info.Run = time.Since(t.info.Submitted) - began
	t.info.Lent = s.Lent()
	t.info.Err, t.info.Panicked = s.Err(), s.Panicked()
	t.observer.Ended(ctx, &t.info)
}

// NeverRan implements sched.Observed.
func (t *watched) NeverRan(err error) func() {
	o, info, ctx := t.observer, t.info, t.ctx
	t.drop()
	return func() {
		info.Wait = time.Since(info.Submitted)
		info.Err = err
		o.NeverRan(ctx, &info)
	}
}

// Retried implements sched.Observed.
func (t *watched) Retried(delay time.Duration) {
	defer func() { t.info.Attempt++ }() // an observer may call Goexit
	t.observer.Retried(t.ctx, &t.info, delay)
}

// Drop implements sched.Body: the task has settled, or will not run, of which its
// observer is yet to be told.
func (t *observedRichTask[T]) Drop() {
	t.richTask.Drop()
	if t.Task().Settled() {
		t.drop()
	}
}
