package future_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// A cancelled future says so to all callers, at once and from then on.
func TestCancelReachesEveryWaiter(t *testing.T) {
	for _, w := range waits {
		if w.name == "AllSettled" || len(w.name) > 4 && w.name[:4] == "Wait" {
			continue // these report the cancellation elsewhere than in their error
		}
		bubble.Run(t, func(t *testing.T) {
			f := future.NewPromise[int]().Future()
			result := make(chan error, 1)
			go func() { result <- w.wait(bg, f) }()
			synctest.Wait()
			if !f.Cancel() {
				t.Errorf("Cancel() = false of a pending future")
			}
			if err := <-result; !errors.Is(err, future.ErrCancelled) || errors.Is(err, future.ErrNotDone) {
				t.Errorf("%s: %v, want ErrCancelled and not ErrNotDone", w.name, err)
			}
		})
	}
}

func TestCancelIsOneStep(t *testing.T) {
	p := future.NewPromise[int]()
	f := p.Future()
	done := f.Done()
	called := false
	f.OnDone(func(*intFuture) { called = true })
	for i := range 2 {
		if !f.Cancel() {
			t.Errorf("Cancel() = false, call %d, want true", i)
		}
	}
	if f.State() != future.Cancelled || !isClosed(done) || !called {
		t.Errorf("after Cancel the state is %v, Done is closed: %v, OnDone was called: %v, want cancelled, true, true", f.State(), isClosed(done), called)
	}
	if p.Start() || p.Resolve(1) || p.Reject(errBoom) {
		t.Error("a cancelled promise was started or settled again")
	}
}

// Abort of what is pending is Cancel with a reason.
func TestAbortPending(t *testing.T) {
	f := future.NewPromise[int]().Future()
	if first, second := f.Abort(errBoom), f.Abort(errors.New("another")); !first || second {
		t.Errorf("Abort() twice = %v, %v, want true, false", first, second)
	}
	if _, err := f.Await(bg); !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errBoom) {
		t.Errorf("Await() = %v, want ErrCancelled and boom", err)
	}
	f = future.NewPromise[int]().Future()
	if ok := f.Abort(nil); !ok || f.State() != future.Cancelled {
		t.Errorf("Abort(nil) = %v, then %v, want true, cancelled", ok, f.State())
	}
	if _, err := f.Await(bg); !errors.Is(err, future.ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("Await() after Abort(nil) = %v, want ErrCancelled and context.Canceled", err)
	}
}

// A running task cannot be cancelled; Abort ends its context with the first
// cause given, and what becomes of the task is its own affair.
func TestAbortRunning(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		cause := make(chan error, 1)
		f := future.Go(bg, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			cause <- context.Cause(ctx)
			if ctx.Err() != context.Canceled {
				t.Errorf("Err() of an aborted context = %v, want %v", ctx.Err(), context.Canceled)
			}
			time.Sleep(time.Second)
			return 7, nil
		})
		synctest.Wait()
		if f.Cancel() || f.State() != future.Running {
			t.Errorf("a running task was cancelled: %v", f.State())
		}
		if !f.Abort(errBoom) {
			t.Error("Abort() = false of a running task")
		}
		f.Abort(errors.New("too late"))
		if got := <-cause; got != errBoom {
			t.Errorf("Cause() = %v, want boom", got)
		}
		if v, err := f.Await(bg); v != 7 || err != nil || f.State() != future.Succeeded {
			t.Errorf("Await() = %v, %v, then %v, want 7, <nil>, succeeded", v, err, f.State())
		}
		if f.Abort(errBoom) || f.Cancel() {
			t.Error("a settled future was aborted or cancelled")
		}
	})
}

// Abort reports whether it had an effect: a context ends once.
func TestAbortTakesEffectOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		gate := make(chan struct{})
		wait := func(context.Context) (int, error) { <-gate; return 0, nil }
		f := future.Go(bg, wait)
		if first, second := f.Abort(errBoom), f.Abort(errBoom); !first || second {
			t.Errorf("Abort() of a running task, twice = %v, %v, want true, false", first, second)
		}
		ctx, cancel := context.WithCancel(bg)
		f = future.Go(ctx, wait)
		cancel()
		if f.Abort(errBoom) {
			t.Error("Abort() = true of a task whose context had ended")
		}
		close(gate)
	})
}

// Also a task that looks at its context only after the abort sees it, and so
// do the contexts derived from it.
func TestAbortIsSeenLater(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		gate := make(chan struct{})
		f := future.Go(bg, func(ctx context.Context) (int, error) {
			<-gate
			child, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-child.Done()
			return 0, errors.Join(context.Cause(ctx), context.Cause(child))
		})
		f.Abort(errBoom)
		close(gate)
		if _, err := f.Await(bg); err == nil || err.Error() != "boom\nboom" {
			t.Errorf("the causes are %v, want boom twice", err)
		}
	})
}

// Never ran means never ran: whatever comes first, a cancelled task's function
// was not called, and every other's was.
func TestCancelledIfAndOnlyIfNotCalled(t *testing.T) {
	for range 500 {
		ctx, cancel := context.WithCancelCause(bg)
		var called atomic.Bool
		var f *intFuture
		var wg sync.WaitGroup
		wg.Go(func() { cancel(errBoom) })
		f = future.Go(ctx, func(context.Context) (int, error) { called.Store(true); return 1, nil })
		said := f.Cancel()
		_, err := f.Await(bg)
		if never := f.State() == future.Cancelled; never == called.Load() || said && !never || never && (!errors.Is(err, future.ErrCancelled) || !errors.Is(err, errBoom)) {
			t.Fatalf("State() = %v, called: %v, Cancel() = %v, Await() = %v, want called, or cancelled because of boom", f.State(), called.Load(), said, err)
		}
		wg.Wait()
	}
}

func TestGoUnderEndedContext(t *testing.T) {
	for range 100 {
		f := future.Go(ended(errBoom), func(context.Context) (int, error) { t.Error("it ran"); return 0, nil })
		if f.State() != future.Cancelled {
			t.Errorf("State() = %v at once, want %v", f.State(), future.Cancelled)
		}
		if _, err := f.Await(bg); !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errBoom) {
			t.Errorf("Await() = %v, want ErrCancelled and boom", err)
		}
	}
}

// A task may return a cancelled future's error as its own: it ran all the same.
func TestFailedWithErrCancelled(t *testing.T) {
	child := future.NewPromise[int]().Future()
	child.Cancel()
	f := future.Go(bg, func(ctx context.Context) (int, error) { return child.Await(ctx) })
	if _, err := f.Await(bg); !errors.Is(err, future.ErrCancelled) || f.State() != future.Failed {
		t.Errorf("Await() = %v, then %v, want ErrCancelled, failed", err, f.State())
	}
	if s := future.Rejected[int](future.ErrCancelled).State(); s != future.Failed {
		t.Errorf("Rejected(ErrCancelled) is %v, want failed", s)
	}
}
