package future_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

type key struct{}

func TestGo(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		f := future.Go(bg, func(context.Context) (string, error) { time.Sleep(time.Second); return "ran", nil })
		synctest.Wait()
		if f.State() != future.Running {
			t.Errorf("State() = %v while the function runs, want %v", f.State(), future.Running)
		}
		start := time.Now()
		if v, err := f.Await(bg); v != "ran" || err != nil || time.Since(start) != time.Second {
			t.Errorf("Await() = %v, %v after %v, want ran, <nil> after 1s", v, err, time.Since(start))
		}
		if f.State() != future.Succeeded {
			t.Errorf("State() = %v, want %v", f.State(), future.Succeeded)
		}
	})
}

// The submitter's context reaches the task with its values, its deadline and
// its end.
func TestTaskContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		parent, cancel := context.WithTimeoutCause(context.WithValue(bg, key{}, "value"), time.Second, errBoom)
		defer cancel()
		f := future.Go(parent, func(ctx context.Context) (int, error) {
			if got := ctx.Value(key{}); got != "value" {
				t.Errorf("Value() = %v, want value", got)
			}
			want, _ := parent.Deadline()
			if got, ok := ctx.Deadline(); !ok || !got.Equal(want) {
				t.Errorf("Deadline() = %v, %v, want %v", got, ok, want)
			}
			if ctx.Err() != nil {
				t.Errorf("Err() = %v, want nil", ctx.Err())
			}
			<-ctx.Done()
			if ctx.Err() != context.DeadlineExceeded {
				t.Errorf("Err() = %v, want %v", ctx.Err(), context.DeadlineExceeded)
			}
			return 0, context.Cause(ctx)
		})
		if _, err := f.Await(bg); err != errBoom || f.State() != future.Failed {
			t.Errorf("Await() = %v, then %v, want the cause, failed", err, f.State())
		}
	})
}

// The task's context ends with the task, though nothing ended it before; its
// values stay.
func TestTaskContextEndsWithTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var looked, derived, unlooked context.Context
		f := future.Go(context.WithValue(bg, key{}, "value"), func(ctx context.Context) (int, error) {
			looked = ctx
			var stop context.CancelFunc
			derived, stop = context.WithCancel(ctx)
			t.Cleanup(stop) // much too late to be what ends it
			if ctx.Done() == nil || ctx.Err() != nil || derived.Err() != nil {
				t.Error("a running task's context has ended, or cannot end")
			}
			return 1, nil
		})
		g := future.Go(context.WithValue(bg, key{}, "value"), func(ctx context.Context) (int, error) {
			unlooked = ctx
			return 1, nil
		})
		future.All(bg, f, g)
		for name, ctx := range map[string]context.Context{"looked at": looked, "derived": derived, "not looked at": unlooked} {
			<-ctx.Done()
			if ctx.Err() != context.Canceled || context.Cause(ctx) != future.ErrTaskEnded || ctx.Value(key{}) != "value" {
				t.Errorf("the context %s: Err() = %v, Cause() = %v, Value() = %v, want Canceled, ErrTaskEnded and the value", name, ctx.Err(), context.Cause(ctx), ctx.Value(key{}))
			}
		}
	})
}

// A function of OnDone finds the task's context ended.
func TestTaskContextEndsBeforeOnDone(t *testing.T) {
	var inner context.Context
	gate, told := make(chan struct{}), make(chan error, 1)
	f := future.Go(bg, func(ctx context.Context) (int, error) {
		inner = ctx
		<-gate
		return 1, nil
	})
	f.OnDone(func(*intFuture) { told <- context.Cause(inner) })
	close(gate)
	if err := <-told; err != future.ErrTaskEnded {
		t.Errorf("the cause of the context in OnDone is %v, want ErrTaskEnded", err)
	}
}

// A child that is meant to outlive its parent gets a context without its end.
func TestChildOutlivesParent(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		sleep := func(ctx context.Context) (int, error) {
			select {
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			case <-time.After(time.Second):
				return 7, nil
			}
		}
		var short, long *intFuture
		parent := future.Go(bg, func(ctx context.Context) (int, error) {
			short = future.Go(ctx, sleep)
			long = future.Go(context.WithoutCancel(ctx), sleep)
			return 0, nil
		})
		parent.Await(bg)
		if _, err := short.Await(bg); !errors.Is(err, context.Canceled) {
			t.Errorf("the child with the parent's context: %v, want %v", err, context.Canceled)
		} else if !errors.Is(err, future.ErrTaskEnded) {
			t.Errorf("the child with the parent's context: %v, want %v", err, future.ErrTaskEnded)
		}
		if v, err := long.Await(bg); v != 7 || err != nil {
			t.Errorf("the child without: %v, %v, want 7", v, err)
		}
	})
}

// context.AfterFunc on the task's context works, and runs when the task ends.
func TestAfterFuncOnTaskContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ran, kept := false, true
		f := future.Go(bg, func(ctx context.Context) (int, error) {
			context.AfterFunc(ctx, func() { ran = true })
			stop := context.AfterFunc(ctx, func() { kept = false })
			if !stop() {
				t.Error("stop() = false before the context's end")
			}
			return 1, nil
		})
		f.Await(bg)
		synctest.Wait()
		if !ran || !kept {
			t.Errorf("the function ran: %v, the stopped one did not: %v, want both", ran, kept)
		}
	})
}

func TestResolvedAndRejected(t *testing.T) {
	if v, err := future.Resolved(7).Await(bg); v != 7 || err != nil {
		t.Errorf("Resolved(7) gives %v, %v, want 7", v, err)
	}
	if s := future.Resolved[any](nil).State(); s != future.Succeeded {
		t.Errorf("Resolved(nil) is %v, want succeeded", s)
	}
	f := future.Rejected[int](errBoom)
	if v, err := f.Await(bg); v != 0 || err != errBoom || f.State() != future.Failed {
		t.Errorf("Rejected(boom) gives %v, %v and is %v, want 0, boom, failed", v, err, f.State())
	}
}
