package pool_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// The memory model, for the race detector: nothing but the pool synchronizes the variables
// here.

// What happens before Submit is seen by the task, however it is submitted and
// wherever it waits.
func TestSubmitHappensBefore(t *testing.T) {
	p := pool.New(two, millrace.WithQueue(1), millrace.WithMaxWeight(3))
	g := pool.NewGroup(bg, p)
	const rounds = 200
	var seen atomic.Int32
	for i := range rounds {
		x, in := 0, future.NewPromise[int]()
		see := func(context.Context) (int, error) {
			if x != i {
				t.Errorf("a task sees %d, want %d", x, i)
			}
			seen.Add(1) // behind the look, which is to be right without it
			return 1, nil
		}
		x = i
		pool.Submit(bg, p, see)
		pool.Submit(bg, g, see, millrace.WithKey(1))
		pool.Submit(bg, p, see, millrace.WithPriority(i%3), millrace.WithWeight(2))
		f := pool.Then(bg, p, in.Future(), func(ctx context.Context, _ int) (int, error) { return see(ctx) })
		in.Resolve(1)
		f.Await(bg)
		pool.ForEach(bg, p, count(3), func(ctx context.Context, _ int) error { _, err := see(ctx); return err })
	}
	g.Wait()
	p.Close()
	if n := seen.Load(); n != 7*rounds {
		t.Errorf("%d tasks and items have looked, want %d", n, 7*rounds)
	}
}

// What a task did is seen after every return that reports it settled.
func TestEndHappensBefore(t *testing.T) {
	for name, wait := range map[string]func(*pool.Pool, *pool.Group, *intFuture){
		"Await": func(_ *pool.Pool, _ *pool.Group, f *intFuture) { f.Await(bg) },
		"Done":  func(_ *pool.Pool, _ *pool.Group, f *intFuture) { <-f.Done() },
		"Poll": func(_ *pool.Pool, _ *pool.Group, f *intFuture) {
			for _, ok := f.Poll(); !ok; _, ok = f.Poll() {
				runtime.Gosched()
			}
		},
		"State": func(_ *pool.Pool, _ *pool.Group, f *intFuture) {
			for !f.State().Settled() {
				runtime.Gosched()
			}
		},
		"OnDone": func(_ *pool.Pool, _ *pool.Group, f *intFuture) {
			done := make(chan struct{})
			f.OnDone(func(*intFuture) { close(done) })
			<-done
		},
		"Wait": func(_ *pool.Pool, _ *pool.Group, f *intFuture) { future.Wait(bg, future.AllCompleted, f) },
		"All":  func(_ *pool.Pool, _ *pool.Group, f *intFuture) { future.All(bg, f, f) },
		"Race": func(_ *pool.Pool, _ *pool.Group, f *intFuture) { future.Race(bg, f) },
		"AsCompleted": func(_ *pool.Pool, _ *pool.Group, f *intFuture) {
			for range future.AsCompleted(bg, f) {
			}
		},
		"Then":       func(p *pool.Pool, _ *pool.Group, f *intFuture) { pool.Then(bg, p, f, identity).Await(bg) },
		"Group.Wait": func(_ *pool.Pool, g *pool.Group, _ *intFuture) { g.Wait() },
		"Close":      func(p *pool.Pool, _ *pool.Group, _ *intFuture) { p.Close() },
		"Shutdown":   func(p *pool.Pool, _ *pool.Group, _ *intFuture) { p.Shutdown(bg) },
	} {
		for range 50 {
			p := pool.New(two)
			g := pool.NewGroup(bg, p)
			x := 0
			f := pool.Submit(bg, g, func(context.Context) (int, error) { x = 7; return 1, nil })
			wait(p, g, f)
			if x != 7 {
				t.Errorf("after %s: %d, want 7", name, x)
			}
			p.Close()
		}
	}
}

// Values that a cancelled task's waiter reads were written before the Cancel.
func TestCancelHappensBefore(t *testing.T) {
	p := pool.New(one)
	defer p.Close()
	defer blocker(p, 1)()
	for range 200 {
		x := 0
		f := pool.Submit(bg, p, nop)
		go func() {
			x = 7
			f.Cancel()
		}()
		f.Await(bg)
		if x != 7 {
			t.Errorf("after a cancel: %d, want 7", x)
		}
	}
}

// Tasks of one key, of a limit of 1, and of a pool with one worker follow one
// another: what one did the next one sees.
func TestTurnsHappenBefore(t *testing.T) {
	p, single := pool.New(millrace.WithWorkers(4)), pool.New(one)
	g := pool.NewGroup(bg, p, millrace.WithLimit(1))
	var byKey, byLimit, byWorker int
	increment := func(n *int) func(context.Context) (int, error) {
		return func(context.Context) (int, error) { *n++; return 1, nil }
	}
	const n = 500
	for range n {
		pool.Submit(bg, p, increment(&byKey), millrace.WithKey("k"))
		pool.Submit(bg, g, increment(&byLimit))
		pool.Submit(bg, single, increment(&byWorker))
	}
	g.Wait()
	p.Close()
	single.Close()
	if byKey != n || byLimit != n || byWorker != n {
		t.Errorf("%d by key, %d by limit, %d by one worker, want %d each", byKey, byLimit, byWorker, n)
	}
}
