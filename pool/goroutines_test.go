package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// wantGoroutines fails t unless the pool says it has n, and the bubble has them.
func wantGoroutines(t *testing.T, what string, p *pool.Pool, n int) {
	t.Helper()
	if got, s := bubble.Left(), p.Stats(); got != n || s.Goroutines != n {
		t.Errorf("%s: %d goroutines, Stats() = %+v, want %d", what, got, s, n)
	}
}

// None when new, as many as slots in use, and none after the idle timeout, to
// the nanosecond; work brings them back.
func TestNothingAtRest(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithIdleTimeout(time.Minute))
		for range 2 {
			wantGoroutines(t, "at rest", p, 0)
			blocker(p, 3)()
			wantGoroutines(t, "idle", p, 3)
			time.Sleep(time.Minute - time.Nanosecond)
			wantGoroutines(t, "before the timeout", p, 3)
			time.Sleep(time.Nanosecond)
		}
		wantGoroutines(t, "after the timeout", p, 0)
		p.Close()
	})
}

// Work keeps those that do it, and not the others.
func TestIdleTimeoutUnderLoad(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithIdleTimeout(time.Minute))
		blocker(p, 4)()
		for range 10 {
			time.Sleep(30 * time.Second)
			pool.Submit(bg, p, nop).Await(bg)
		}
		wantGoroutines(t, "one in use", p, 1)
		p.Close()
	})
}

// A task goes to the worker that is idle: no other is started for it.
func TestIdleWorkerIsUsed(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		for range 3 {
			wantValue(t, "a task", pool.Submit(bg, p, nop), 1)
			wantGoroutines(t, "one task at a time", p, 1)
		}
		p.Close()
	})
}

// Timeout 0 ends them at once, and Close does in any case; there is no ticker
// and no timer that outlives them, or the bubble would not end.
func TestIdleTimeoutOfZero(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithIdleTimeout(0))
		for range 3 {
			blocker(p, 2)()
			wantGoroutines(t, "with a timeout of 0", p, 0)
		}
		wantValue(t, "a later task", pool.Submit(bg, p, nop), 1)
		p.Close()
	})
}

// Close leaves none, whatever was used.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	for way, wait := range lending {
		bubble.Run(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(bg)
			defer cancel()
			p := pool.New(two, millrace.WithIdleTimeout(time.Hour), millrace.WithContext(ctx))
			pool.Go(ctx, p, func(ctx context.Context) error { return wait(ctx, p, 5, nop) }, millrace.WithTimeout(time.Hour)).Await(bg)
			p.Close()
			wantGoroutines(t, way, p, 0)
		})
	}
}

// A pool that is dropped without Close leaves none once it has been idle.
func TestDroppedPoolLeavesNoGoroutine(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		pool.Submit(bg, pool.New(), nop).Await(bg)
		time.Sleep(10 * time.Second) // the default
		synctest.Wait()
		if n := bubble.Left(); n != 0 {
			t.Errorf("%d goroutines, want none", n)
		}
	})
}

// Waits and pending tasks need no goroutine each.
func TestNoGoroutinePerTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		fs := submitMany(ctx, p, 1000, millrace.WithTimeout(time.Hour))
		g := pool.NewGroup(ctx, p)
		submitMany(ctx, g, 1000)
		for _, f := range fs {
			pool.Then(ctx, p, f, identity)
		}
		go future.All(bg, fs...)
		go g.Wait()
		wantGoroutinesAtMost(t, "3000 pending tasks", 3)
		release()
		p.Close()
	})
}

func wantGoroutinesAtMost(t *testing.T, what string, n int) {
	t.Helper()
	if got := bubble.Left(); got > n {
		t.Errorf("%s: %d goroutines, want at most %d", what, got, n)
	}
}

// Spare goroutines, which lending needs, are used again: there are no more for
// a hundred runs than for a few.
func TestSparesAreUsedAgain(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
		for range 100 {
			pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				return pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
					return pool.Submit(ctx, p, nop).Await(ctx)
				}).Await(ctx)
			}).Await(bg)
		}
		wantGoroutinesAtMost(t, "100 times 3 levels", 6)
		p.Close()
	})
}

// Nothing of one bubble reaches another: no channel, timer or pool of them is
// kept at package level. A runtime panic would say otherwise.
func TestBubblesAreApart(t *testing.T) {
	everything := func(t *testing.T) {
		for way, wait := range lending {
			p := pool.New(two)
			if _, err := pool.Go(bg, p, func(ctx context.Context) error { return wait(ctx, p, 3, nop) }).Await(bg); err != nil {
				t.Errorf("%s = %v, want nil", way, err)
			}
			p.Close()
		}
	}
	everything(t)
	for range 3 {
		bubble.Run(t, everything)
	}
	everything(t)
}
