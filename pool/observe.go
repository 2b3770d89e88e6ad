package pool

import (
	"context"
	"reflect"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/observed"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// observedTask is a task, and observedRichTask a rich one, of a pool that has an
// observer.
type (
	observedTask[T any] struct {
		task[T]
		observed.Record
	}
	observedRichTask[T any] struct {
		richTask[T]
		observed.Record
	}
)

// submitObserved is submit for a pool that has an observer.
func submitObserved[T any](ctx context.Context, p *sched.Pool, g *sched.Group, fn func(context.Context) (T, error), user any, input *sched.Task, opts []millrace.TaskOption) *future.Future[T] {
	function := reflect.ValueOf(user).Pointer()
	if len(opts) == 0 && input == nil && takesPlain(p, g) {
		t := &observedTask[T]{task: task[T]{fn: fn}}
		ctx = t.Submitted(ctx, p.Observer(), p.Name(), "", function)
		t.Task().Plain(t)
		p.Submit(ctx, t.Task())
		return t.future()
	}
	common, rest := options.NewTask(opts)
	t := &observedRichTask[T]{richTask: richTask[T]{task: task[T]{fn: fn}}}
	ctx = t.Submitted(ctx, p.Observer(), p.Name(), rest.Name, function)
	t.Task().Setup(t, &t.extra, common, rest)
	if input != nil {
		t.extra.After(input)
	}
	p.SubmitTo(ctx, t.Task(), g)
	return t.future()
}

// Run implements sched.Body. There is no other attempt.
func (t *observedTask[T]) Run(ctx context.Context, s *sched.Task) {
	observed.Around(ctx, &t.Record, s, true, t.task.Run)
}

// Run implements sched.Body.
func (t *observedRichTask[T]) Run(ctx context.Context, s *sched.Task) {
	observed.Around(ctx, &t.Record, s, false, t.richTask.Run)
}

// Drop implements sched.Body: the task has settled, or will not run, of which its
// observer is yet to be told.
func (t *observedRichTask[T]) Drop() {
	t.richTask.Drop()
	if t.Task().Settled() {
		t.Forget()
	}
}
