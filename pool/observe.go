package pool

import (
	"context"
	"reflect"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// observedTask is a task of a pool that has an observer. It is a type of its own, so that
// tasks of other pools do not pay for it.
type observedTask[T any] struct {
	richTask[T]
	observer options.Observer
	info     options.TaskInfo
	ctx      context.Context // that Submitted returned
}

func submitObserved[T any](ctx context.Context, ex Executor, o options.Observer, fn func(context.Context) (T, error), user any, input *sched.Task, opts []millrace.TaskOption) *future.Future[T] {
	to := taskOptions(opts)
	t := &observedTask[T]{observer: o}
	t.fn = fn
	t.info = options.TaskInfo{
		Pool: ex.pool().Name(), Name: to.Name, Func: reflect.ValueOf(user).Pointer(),
		Attempt: 1, Submitted: time.Now(),
	}
	t.ctx = o.Submitted(ctx, &t.info)
	t.Setup(t, &t.extra, to)
	t.extra.Observe(t)
	if input != nil {
		t.extra.After(input)
	}
	ex.submit(t.ctx, &t.Task)
	return t.future()
}

// Run implements sched.Body.
func (t *observedTask[T]) Run(ctx context.Context, s *sched.Task) {
	t.info.Wait = time.Since(t.info.Submitted)
	began := t.info.Wait
	inner := t.observer.Started(ctx, &t.info)
	defer t.ended(inner, s, began)
	t.richTask.Run(inner, s)
}

func (t *observedTask[T]) ended(ctx context.Context, s *sched.Task, began time.Duration) {
	t.info.Run = time.Since(t.info.Submitted) - began
	t.info.Lent = s.Lent()
	t.info.Err, t.info.Panicked = t.Err(), s.Has(outcome.Panicked)
	t.observer.Ended(ctx, &t.info)
}

// NeverRan implements sched.Observed.
func (t *observedTask[T]) NeverRan(err error) func() {
	o, info, ctx := t.observer, t.info, t.ctx
	return func() {
		info.Wait = time.Since(info.Submitted)
		info.Err = err
		o.NeverRan(ctx, &info)
	}
}

// Retried implements sched.Observed.
func (t *observedTask[T]) Retried(delay time.Duration) {
	if o, ok := t.observer.(options.RetryObserver); ok {
		o.Retried(t.ctx, &t.info, delay)
	}
	t.info.Attempt++
}

// Drop implements sched.Body: the task has settled, or will not run.
func (t *observedTask[T]) Drop() {
	t.richTask.Drop()
	if t.Settled() {
		t.observer, t.info, t.ctx = nil, options.TaskInfo{}, nil
	}
}
