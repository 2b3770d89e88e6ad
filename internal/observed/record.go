// Package observed is what the observer of a pool is told of one task, from its submission to
// its end.
package observed

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A Record is what a task has more if it is observed one by one: the observer, and what that
// is told. A nil one is that of a task that is not observed.
//
// Tried, and no faster for an observer that does nothing, on one processor and on two (bursts of
// 1,000 tasks in turns, AMD EPYC): what a worker writes on one cache line, the records of plain
// tasks from a sync.Pool, and the time of submission from one clock in place of two.
type Record struct {
	observer *options.Observers
	info     options.TaskInfo
	ctx      context.Context // that Submitted returned
}

// A Task is what is asked of one that has run.
type Task interface {
	Err() error
	Panicked() bool
	Lent() time.Duration // how long it has lent its slot
}

// errExit is why a task never ran whose submit an observer has ended.
var errExit = fmt.Errorf("pool: an observer called runtime.Goexit in Submitted: %w", outcome.ErrCancelled)

// Submitted tells the observer of a new task, and returns the context to submit it with. If
// one of several observers calls Goexit there is no task, and it never ran for the others.
func (r *Record) Submitted(ctx context.Context, o *options.Observers, pool, name string, function uintptr) context.Context {
	submitted := false
	defer func() {
		if !submitted {
			r.NeverRan(errExit)()
		}
	}()
	ctx = r.Item(ctx, o, pool, name, function)
	submitted = true
	return ctx
}

// Item is Submitted for an item of a map, which is submitted whatever an observer does.
func (r *Record) Item(ctx context.Context, o *options.Observers, pool, name string, function uintptr) context.Context {
	r.observer, r.ctx = o, ctx
	// One by one: a literal would be made elsewhere and copied.
	i := &r.info
	i.Pool, i.Name, i.Func = pool, name, function
	i.Attempt, i.Submitted = 1, time.Now()
	r.ctx = o.Submitted(ctx, i)
	return r.ctx
}

// Forget lets go of what a settled task must not keep: its error is the future's too.
func (r *Record) Forget() {
	r.observer, r.ctx, r.info.Note = nil, nil, nil
}

// Around calls run, which calls the task's function, between Started and Ended, and lets go of the
// record if this is the task's last attempt. An observer may call Goexit, which keeps the task
// neither from running nor from its end.
func Around[T Task](ctx context.Context, r *Record, t T, last bool, run func(context.Context, T)) {
	if r == nil {
		run(ctx, t)
		return
	}
	r.info.Wait = time.Since(r.info.Submitted)
	began, started := r.info.Wait, false
	defer func() {
		if last {
			defer r.Forget()
		}
		if !started {
			defer func() { r.ended(ctx, t, began) }()
			run(ctx, t)
			return
		}
		r.ended(ctx, t, began)
	}()
	ctx = r.observer.Started(ctx, &r.info)
	started = true
	run(ctx, t)
}

func (r *Record) ended(ctx context.Context, t Task, began time.Duration) {
	r.info.Run = time.Since(r.info.Submitted) - began
	r.info.Lent = t.Lent()
	r.info.Err, r.info.Panicked = t.Err(), t.Panicked()
	r.observer.Ended(ctx, &r.info)
}

// NeverRan returns what tells the observer that the task has settled without having run.
func (r *Record) NeverRan(err error) func() {
	if r == nil {
		return func() {}
	}
	o, info, ctx := r.observer, r.info, r.ctx
	r.Forget()
	return func() {
		info.Wait = time.Since(info.Submitted)
		info.Err = err
		o.NeverRan(ctx, &info)
	}
}

// Retried tells the observer that the task is to be tried again.
func (r *Record) Retried(delay time.Duration) {
	if r == nil {
		return
	}
	defer func() { r.info.Attempt++ }() // an observer may call Goexit
	r.observer.Retried(r.ctx, &r.info, delay)
}
