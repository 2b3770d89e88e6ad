package pool_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Cancelling is one step: all its effects can be seen at once, while the only worker is
// busy.

func TestCancelPending(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		defer blocker(p, 1)()
		f := pool.Submit(bg, p, func(context.Context) (int, error) { t.Error("a cancelled task ran"); return 0, nil })
		for range 3 {
			if !f.Cancel() {
				t.Error("Cancel() of a pending or cancelled future = false, want true")
			}
		}
		wantNeverRan(t, "after Cancel", f)
		if s := stats(t, p); s.Queued != 0 || s.Cancelled != 1 || s.Submitted != 2 {
			t.Errorf("Stats() = %+v, want nothing queued, 1 of 2 cancelled", s)
		}
	})
}

func TestCancelHasNoEffectOnceStarted(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) { <-gate; return 1, ctx.Err() })
		synctest.Wait()
		if f.Cancel() {
			t.Error("Cancel() of a running future = true, want false")
		}
		close(gate)
		wantValue(t, "the task", f, 1)
		failed := pool.Submit(bg, p, boom)
		failed.Await(bg)
		for _, f := range []*intFuture{f, failed} {
			if f.Cancel() {
				t.Errorf("Cancel() of a %v future = true, want false", f.State())
			}
		}
	})
}

// The tasks before and behind a cancelled one keep their order, wherever it stood.
func TestCancelKeepsOrder(t *testing.T) {
	for cancelled, want := range map[int]string{0: "b c d", 1: "a c d", 2: "a b d", 3: "a b c"} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			var order journal
			var fs []*intFuture
			for _, name := range []string{"a", "b", "c", "d"} {
				fs = append(fs, pool.Submit(bg, p, order.task(name)))
			}
			fs[cancelled].Cancel()
			release()
			p.Close()
			order.want(t, want)
		})
	}
}

// Every kind of waiter is released by the cancel itself.
func TestCancelReleasesWaiters(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		defer blocker(p, 1)()
		f := pool.Submit(bg, p, nop)
		var wg sync.WaitGroup
		for _, wait := range []func(){
			func() { f.Await(bg) },
			func() { <-f.Done() },
			func() { future.Wait(bg, future.AllCompleted, f) },
			func() { future.All(bg, f) },
			func() { future.Any(bg, f) },
			func() { future.Race(bg, f) },
			func() {
				for range future.AsCompleted(bg, f) {
				}
			},
		} {
			wg.Go(wait)
		}
		told := false
		f.OnDone(func(f *intFuture) { told = f.State() == future.Cancelled })
		synctest.Wait()
		f.Cancel()
		if !told {
			t.Error("OnDone has not run when Cancel has returned")
		}
		wg.Wait() // or the bubble is deadlocked
	})
}

// Abort of a pending task is a cancel that says why; of a running one it ends
// the context with the cause.
func TestAbort(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		running, pending := pool.Submit(bg, p, untilEnd), pool.Submit(bg, p, nop)
		synctest.Wait()
		if !pending.Abort(errBoom) || !running.Abort(errBoom) {
			t.Error("Abort() = false, want true of a pending and of a running task")
		}
		wantNeverRan(t, "after Abort", pending, errBoom)
		if _, err := running.Await(bg); err != errBoom {
			t.Errorf("Await() of the running task = %v, want the cause of its context", err)
		}
		if running.Abort(errors.New("late")) || pending.Abort(errors.New("late")) {
			t.Error("Abort() of a settled future = true, want false")
		}
		wantNeverRan(t, "after the second Abort", pending, errBoom)
	})
}

func TestAbortWithoutCause(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		running, pending := pool.Submit(bg, p, untilEnd), pool.Submit(bg, p, nop)
		synctest.Wait()
		pending.Abort(nil)
		running.Abort(nil)
		wantNeverRan(t, "after Abort(nil)", pending, context.Canceled)
		if _, err := running.Await(bg); err != context.Canceled {
			t.Errorf("Await() after Abort(nil) = %v, want %v", err, context.Canceled)
		}
	})
}

// Cancelling from inside: of a task's own child, and from a function of OnDone.
func TestCancelFromInside(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(ctx, p, nop)
			child.Cancel()
			wantNeverRan(t, "the child", child)
			return 1, nil
		})
		second := newTarget(bg, p)
		f.OnDone(func(*intFuture) {
			if cancelled := second.f.Cancel(); cancelled != (second.f.State() == future.Cancelled) {
				t.Errorf("Cancel() inside OnDone = %v, want true if the state is cancelled; it is %v", cancelled, second.f.State())
			}
		})
		release()
		p.Close()
		second.check(t, "cancelled inside OnDone")
	})
}
