package pool_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

type conn struct{}

// counted returns an init that numbers the workers, and its count.
func counted() (millrace.PoolOption, *atomic.Int32) {
	var n atomic.Int32
	return millrace.WithInit(func(ctx context.Context) (context.Context, error) {
		return context.WithValue(ctx, conn{}, n.Add(1)), nil
	}), &n
}

// Once for each worker, before its first task, and not before there is one.
func TestInit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		init, n := counted()
		p := pool.New(millrace.WithWorkers(3), init)
		synctest.Wait()
		if n.Load() != 0 {
			t.Errorf("%d calls for a new pool, want none", n.Load())
		}
		for range 50 {
			blocker(p, 2)()
			synctest.Wait()
		}
		if s := stats(t, p); n.Load() != 2 || s.Goroutines != 2 {
			t.Errorf("%d calls for %d goroutines, want 2", n.Load(), s.Goroutines)
		}
		p.Close()
	})
}

// Spare workers, which lending needs, are prepared too, and each task has the
// values of the worker that runs it.
func TestInitOfSpares(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		init, n := counted()
		p := pool.New(one, init)
		var rec func(depth int) func(context.Context) (int, error)
		rec = func(depth int) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				if ctx.Value(conn{}) == nil {
					t.Errorf("depth %d: no value of an init", depth)
				}
				if depth == 0 {
					return 1, nil
				}
				return pool.Submit(ctx, p, rec(depth-1)).Await(ctx)
			}
		}
		wantValue(t, "the recursion", pool.Submit(bg, p, rec(5)), 1)
		if n.Load() == 0 || n.Load() > 6 {
			t.Errorf("%d calls for 6 tasks, want 1 to 6", n.Load())
		}
		p.Close()
	})
}

// While it runs the task has not started: it can be cancelled.
func TestCancelDuringInit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		proceed := make(chan struct{})
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) { <-proceed; return ctx, nil }))
		first, second := pool.Submit(bg, p, nop), pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := first.State(); s != future.Pending {
			t.Errorf("State() while the worker is prepared = %v, want pending", s)
		}
		if !first.Cancel() {
			t.Error("Cancel() while the worker is prepared = false, want true")
		}
		stats(t, p)
		close(proceed)
		wantValue(t, "the second", second, 1)
		p.Close()
	})
}

// The context that the init is given ends when the pool is stopped, so that a
// slow one can give up.
func TestInitContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			<-ctx.Done()
			return ctx, context.Cause(ctx)
		}))
		f := pool.Submit(bg, p, nop)
		time.Sleep(time.Second)
		p.Stop(errBoom)
		wantNeverRan(t, "the task", f, errBoom)
		p.Close()
		wantIs(t, "Err()", p.Err(), errBoom)
	})
}

// No more workers are prepared than there are slots.
func TestInitOfEachWorkerOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var inits atomic.Int32
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			inits.Add(1)
			time.Sleep(time.Second)
			return ctx, nil
		}))
		for _, f := range submitMany(bg, p, 20) {
			f.Await(bg)
		}
		if n := inits.Load(); n != 2 {
			t.Errorf("Init was called %d times for 2 slots, want 2", n)
		}
		p.Close()
	})
}

// The context of Init ends when the pool has closed, and not before its last task has.
func TestInitContextEndsWithClose(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var of context.Context
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			of = ctx
			return ctx, nil
		}))
		f := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 1, of.Err() })
		synctest.Wait()
		p.Close()
		wantValue(t, "a task of a pool that closes", f, 1)
		wantIs(t, "the cause of Init's context", context.Cause(of), pool.ErrClosed)
	})
}

// Workers for all tasks that may start are prepared at once, and not one after the other.
func TestWorkersArePreparedAtOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		gate := make(chan struct{})
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) { <-gate; return ctx, nil }))
		p.Pause()
		fs := submitMany(bg, p, 3)
		p.Resume()
		synctest.Wait()
		if s := p.Stats(); s.Goroutines != 2 || s.Queued != 3 {
			t.Errorf("Stats() = %+v, want 2 goroutines that are being prepared and 3 queued tasks", s)
		}
		close(gate)
		for i, f := range fs {
			wantValue(t, fmt.Sprint("task ", i), f, 1)
		}
		p.Close()
	})
}

// While the only worker calls a function of OnDone, another one is prepared for what is pending.
func TestFunctionDoesNotKeepAPreparedWorker(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }))
		begin, gate := make(chan struct{}), make(chan struct{})
		f := pool.Submit(bg, p, func(context.Context) (int, error) { <-begin; return 1, nil })
		f.OnDone(func(*intFuture) { <-gate })
		next := pool.Submit(bg, p, nop)
		close(begin)
		synctest.Wait()
		if s := next.State(); s != future.Succeeded {
			t.Errorf("State() of the next task = %v, want succeeded; %+v", s, p.Stats())
		}
		close(gate)
		p.Close()
	})
}
