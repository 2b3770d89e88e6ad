package sched

import (
	"context"
	"time"

	"github.com/millrace-go/millrace/internal/options"
)

// A Watched is what a task has more if it is observed one by one: the observer, and what that
// is told. It implements Observed. A nil one is that of a task that is not observed.
type Watched struct {
	observer *options.Observers
	info     options.TaskInfo
	ctx      context.Context // that Submitted returned
}

// Submitted tells the observer of p of a new task, and returns the context to submit it with.
func (t *Watched) Submitted(ctx context.Context, p *Pool, name string, function uintptr) context.Context {
	t.observer, t.ctx = p.cfg.Observer, ctx
	// One by one: a literal would be made elsewhere and copied.
	i := &t.info
	i.Pool, i.Name, i.Func = p.cfg.Name, name, function
	i.Attempt, i.Submitted = 1, t.observer.Now()
	t.ctx = t.observer.Submitted(ctx, i)
	return t.ctx
}

// Forget lets go of what a settled task must not keep: its error is the future's too.
func (t *Watched) Forget() {
	t.observer, t.ctx, t.info.Note = nil, nil, nil
}

// Around calls run, which calls the task's function, between Started and Ended.
func (t *Watched) Around(ctx context.Context, s *Task, run func(context.Context, *Task)) {
	if t == nil {
		run(ctx, s)
		return
	}
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

func (t *Watched) ended(ctx context.Context, s *Task, began time.Duration) {
	t.info.Run = time.Since(t.info.Submitted) - began
	t.info.Lent = s.Lent()
	t.info.Err, t.info.Panicked = s.Err(), s.Panicked()
	t.observer.Ended(ctx, &t.info)
}

// NeverRan implements Observed.
func (t *Watched) NeverRan(err error) func() {
	if t == nil {
		return func() {}
	}
	o, info, ctx := t.observer, t.info, t.ctx
	t.Forget()
	return func() {
		info.Wait = time.Since(info.Submitted)
		info.Err = err
		o.NeverRan(ctx, &info)
	}
}

// Retried implements Observed.
func (t *Watched) Retried(delay time.Duration) {
	if t == nil {
		return
	}
	defer func() { t.info.Attempt++ }() // an observer may call Goexit
	t.observer.Retried(t.ctx, &t.info, delay)
}
