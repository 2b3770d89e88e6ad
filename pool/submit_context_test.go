package pool_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The context of Submit bounds the queueing and the run.

// The end of the submit context settles pending tasks at once: State says so before any
// goroutine has run, and no task starts, even if a slot is free at that moment.
func TestContextEndSettlesPending(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx, cancel := context.WithCancelCause(bg)
		var ran atomic.Int32
		var fs []*intFuture
		for range 10 {
			fs = append(fs, pool.Submit(ctx, p, func(context.Context) (int, error) { ran.Add(1); return 0, nil }))
		}
		other := pool.Submit(bg, p, nop)
		cancel(errBoom)
		if s := fs[0].State(); s != future.Cancelled {
			t.Errorf("State() right after the end of ctx = %v, want cancelled", s)
		}
		release()
		p.Close()
		for _, f := range fs {
			wantNeverRan(t, "a task under ctx", f, errBoom)
		}
		wantValue(t, "a task under another ctx", other, 1)
		if ran.Load() != 0 {
			t.Errorf("%d tasks ran after their context had ended", ran.Load())
		}
	})
}

// The end of a context settles the first task that waits below it, behind one that runs.
func TestContextEndSettlesTheFirstThatWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		begin := time.Now()
		pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 0, nil })
		synctest.Wait()
		<-pool.Submit(ctx, p, nop).Done()
		if took := time.Since(begin); took != time.Second {
			t.Errorf("a pending task settles after %v, want 1s, when its context ends", took)
		}
	})
}

// A task whose submit context has ended leaves the queue's count and releases its waiters
// while the worker is busy.
func TestContextEndLeavesQueue(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		defer blocker(p, 1)()
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
		defer cancel()
		fs := submitMany(ctx, p, 10)
		begin := time.Now()
		done, _, err := future.Wait(bg, future.AllCompleted, fs...)
		if took := time.Since(begin); len(done) != 10 || err != nil || took != time.Second {
			t.Errorf("Wait() = %d done, %v after %v, want 10 after 1s", len(done), err, took)
		}
		synctest.Wait()
		if s := stats(t, p); s.Queued != 0 || s.Cancelled != 10 {
			t.Errorf("Stats() = %+v, want nothing queued, 10 cancelled", s)
		}
		wantNeverRan(t, "a task under ctx", fs[9], errBoom)
	})
}

// A context that ended before the submit: counted, but never queued or run.
func TestContextEndedBeforeSubmit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		f := pool.Submit(ended(errBoom), p, func(context.Context) (int, error) { t.Error("ran"); return 0, nil })
		wantNeverRan(t, "submitted with an ended ctx", f, errBoom)
		if s := stats(t, p); s.Submitted != 1 || s.Cancelled != 1 || s.Refused != 0 {
			t.Errorf("Stats() = %+v, want 1 submitted and cancelled", s)
		}
		g := pool.Then(ended(errBoom), p, future.Resolved(1), func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil })
		wantNeverRan(t, "Then with an ended ctx", g, errBoom)
	})
}

// So it is with a context that says it has ended and has no Done to tell it by.
func TestContextWithoutDoneEndedBeforeSubmit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		wantNeverRan(t, "submitted with an ended ctx", pool.Submit(undone{bg}, p, nop), errBoom)
		p.Close()
	})
}

type undone struct{ context.Context }

func (undone) Err() error { return errBoom }

// The end while the task runs ends the task's context with the cause; what the
// function makes of it is its own.
func TestContextEndWhileRunning(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		defer p.Close()
		ctx, cancel := context.WithCancelCause(bg)
		obeys := pool.Submit(ctx, p, untilEnd)
		ignores := pool.Submit(ctx, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 7, nil })
		synctest.Wait()
		cancel(errBoom)
		if _, err := obeys.Await(bg); err != errBoom || obeys.State() != future.Failed {
			t.Errorf("Await() = %v, %v, want failed with the cause", err, obeys.State())
		}
		wantValue(t, "a task that goes on", ignores, 7)
	})
}

// A task that another one's function of OnDone or a child of it cancels through
// the shared context is cancelled as from outside.
func TestContextEndFromInside(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx, cancel := context.WithCancelCause(bg)
		first := pool.Submit(ctx, p, func(context.Context) (int, error) { cancel(errBoom); return 1, nil })
		rest := submitMany(ctx, p, 5)
		p.Close()
		wantValue(t, "the task that ended ctx", first, 1)
		for _, f := range rest {
			wantNeverRan(t, "a task behind it", f, errBoom)
		}
	})
}

// The end of one context concerns its tasks alone, also with the contexts of
// many tasks derived from one another.
func TestContextTree(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		root, cancelRoot := context.WithCancel(bg)
		defer cancelRoot()
		left, cancelLeft := context.WithCancelCause(root)
		right, cancelRight := context.WithCancel(root)
		defer cancelRight()
		inRoot, inLeft, inRight := submitMany(root, p, 3), submitMany(left, p, 3), submitMany(right, p, 3)
		cancelLeft(errBoom)
		release()
		p.Close()
		for i := range 3 {
			wantValue(t, "under the parent", inRoot[i], 1)
			wantValue(t, "under the sibling", inRight[i], 1)
			wantNeverRan(t, "under the ended one", inLeft[i], errBoom)
		}
	})
}

// A million tasks under one context end together. If the end of one looked at the others,
// this test would run into its timeout.
func TestContextEndOfMany(t *testing.T) {
	p, release := busyPool()
	ctx, cancel := context.WithCancelCause(bg)
	fs := submitMany(ctx, p, many)
	cancel(errBoom)
	if _, _, err := future.Wait(bg, future.AllCompleted, fs...); err != nil {
		t.Errorf("Wait() = %v, want nil", err)
	}
	for _, f := range []*intFuture{fs[0], fs[many/2], fs[many-1]} {
		wantNeverRan(t, "one of many", f, errBoom)
	}
	if s := stats(t, p); s.Queued != 0 || s.Cancelled != many {
		t.Errorf("Stats() = %+v, want %d cancelled", s, many)
	}
	release()
	p.Close()
}

// A user's own kind of context works as those of the standard library do.
func TestForeignContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		release := blocker(p, 1)
		ctx := &foreign{Context: bg, done: make(chan struct{})}
		pending := pool.Submit(ctx, p, nop)
		ctx.end()
		pending.Await(bg)
		wantNeverRan(t, "pending under a foreign context", pending, context.Canceled)
		release()
		ctx = &foreign{Context: bg, done: make(chan struct{})}
		running := pool.Submit(ctx, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		synctest.Wait()
		ctx.end()
		if _, err := running.Await(bg); !errors.Is(err, context.Canceled) {
			t.Errorf("Await() = %v, want the context's error", err)
		}
	})
}

// A foreign is a context that is none of the standard library's.
type foreign struct {
	context.Context
	done  chan struct{}
	ended atomic.Bool
}

func (c *foreign) end()                  { c.ended.Store(true); close(c.done) }
func (c *foreign) Done() <-chan struct{} { return c.done }
func (c *foreign) Err() error {
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}
