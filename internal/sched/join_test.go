package sched_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// forkIn runs fn as a task of p, with a fork of j that has begun.
func forkIn(t *testing.T, p *sched.Pool, j *job, fn func(ctx context.Context, f *sched.Fork)) {
	t.Helper()
	parent := plain(func(ctx context.Context) {
		f := new(sched.Fork)
		in := f.Begin(ctx, p, &j.Task)
		fn(in, f)
		f.Join()
		if in.Err() == nil {
			t.Error("the context of a fork has not ended after Join")
		}
	})
	submit(p, parent)
	await(t, parent)
}

// A caller runs the task of its fork if no worker has it, and counts as a task that waits
// meanwhile.
func TestForkRunsInItsCaller(t *testing.T) {
	for _, weight := range []int64{0, 1} { // with a bound, the task needs more than a slot
		with(t, options.Pool{Workers: 1, MaxWeight: weight}, func(t *testing.T, p *sched.Pool) {
			j := plain(func(context.Context) {
				if s := p.Stats(); s.Running != 1 || s.Waiting != 1 || s.Goroutines != 1 {
					t.Errorf("Stats() = %+v, want one task that runs, one that waits, and one goroutine", s)
				}
			})
			forkIn(t, p, j, func(ctx context.Context, f *sched.Fork) {
				if !f.Take() {
					t.Error("Take() = false, want true: nothing else can run the task")
					return
				}
				j.Run(ctx, &j.Task)
				f.Done()
			})
			wantState(t, "the task of the fork", j, outcome.Succeeded)
		})
	}
}

// A task that a worker has is not taken back: Join waits for it.
func TestForkRunsInAWorker(t *testing.T) {
	with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
		j, release := hold()
		forkIn(t, p, j, func(_ context.Context, f *sched.Fork) {
			synctest.Wait()
			if f.Take() {
				t.Error("Take() of a task that runs = true")
			}
			release()
		})
		wantState(t, "the task of the fork", j, outcome.Succeeded)
	})
}

// After an error of its caller the task of a fork never runs, if it has not started.
func TestForkFails(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		boom, late := errors.New("boom"), errors.New("late")
		j := plain(func(context.Context) { t.Error("the task of a fork runs after an error") })
		forkIn(t, p, j, func(ctx context.Context, f *sched.Fork) {
			if first, second := f.Fail(boom), f.Fail(late); first != boom || second != boom {
				t.Errorf("Fail() = %v, then %v, want the first error", first, second)
			}
			if context.Cause(ctx) != boom {
				t.Errorf("the cause of the context = %v, want %v", context.Cause(ctx), boom)
			}
			if f.Take() {
				t.Error("Take() after an error = true")
			}
		})
		wantState(t, "the task of the fork", j, outcome.Cancelled)
	})
}

// A fork whose context is that of a fork which has failed runs nothing.
func TestForkBelowOneThatFails(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		outer := plain(nothing)
		inner := plain(func(context.Context) { t.Error("a task runs below a context that has ended") })
		forkIn(t, p, outer, func(ctx context.Context, f *sched.Fork) {
			_ = f.Fail(errors.New("boom"))
			below := new(sched.Fork)
			below.Begin(ctx, p, &inner.Task)
			if below.Take() {
				t.Error("Take() below a context that has ended = true")
			}
			below.Join()
		})
		wantState(t, "the task of a fork below", inner, outcome.Cancelled)
	})
}

// In a recursion that has given each worker enough to do, Join asks for nothing that needs the lock.
func TestSerialForkTakesNoLock(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		j := plain(nil)
		forkIn(t, p, j, func(ctx context.Context, f *sched.Fork) {
			if !sched.SerialUnderLock(p, ctx) {
				t.Error("the caller does not run both functions")
			}
			f.Fail(errors.New("boom"))
			if sched.SerialUnderLock(p, ctx) {
				t.Error("the caller runs a function though the context has ended")
			}
		})
	})
}
