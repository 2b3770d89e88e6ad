package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Everybody who waits for a task hears of its end.
func TestManyWaitersOfOneTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil })
		told := make(chan int, 3)
		for range 3 {
			go func() {
				v, _ := f.Await(bg)
				told <- v
			}()
			synctest.Wait()
		}
		close(gate)
		for range 3 {
			if v := <-told; v != 1 {
				t.Errorf("Await() = %d, want 1", v)
			}
		}
		p.Close()
	})
}

// A cycle of waits through two pools is told to one of the tasks.
func TestDeadlockThroughTwoPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		ready := make(chan struct{})
		var inQ *intFuture
		inP := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-ready
			return inQ.Await(ctx)
		})
		inQ = pool.Submit(bg, q, func(ctx context.Context) (int, error) {
			<-ready
			return inP.Await(ctx)
		})
		close(ready)
		_, a := inP.Await(bg)
		_, b := inQ.Await(bg)
		if !errors.Is(a, future.ErrDeadlock) || !errors.Is(b, future.ErrDeadlock) {
			t.Errorf("the tasks end with %v and %v, want ErrDeadlock: one is told, and returns it to the other", a, b)
		}
		p.Close()
		q.Close()
	})
}

// So is one that begins with a wait in the first pool and comes back to it.
func TestDeadlockThereAndBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(two), pool.New(one)
		var a, b, c *intFuture
		last := make(chan struct{})
		ready := make(chan struct{})
		a = pool.Submit(bg, p, func(ctx context.Context) (int, error) { <-last; return b.Await(ctx) })
		b = pool.Submit(bg, p, func(ctx context.Context) (int, error) { <-ready; return c.Await(ctx) })
		c = pool.Submit(bg, q, func(ctx context.Context) (int, error) { <-ready; return a.Await(ctx) })
		close(ready)
		synctest.Wait()
		close(last)
		_, err := a.Await(bg)
		wantIs(t, "the wait that closes the cycle", err, future.ErrDeadlock)
		p.Close()
		q.Close()
	})
}

// Delays end in their order, whatever the order in which they begin.
func TestAlarmsRingInTheirOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		start := time.Now()
		var at []time.Duration
		for _, d := range []time.Duration{3, 1, 2} {
			pool.Go(bg, p, func(context.Context) error {
				at = append(at, time.Since(start))
				return nil
			}, millrace.WithDelay(d*time.Second))
		}
		p.Close()
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
			if i >= len(at) || at[i] != want {
				t.Fatalf("tasks start after %v, want 1s, 2s and 3s", at)
			}
		}
	})
}

// A maximum wait settles a pending task, and has no effect on one that runs.
func TestMaxWaitOfPendingOnly(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		long := func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil }
		runs := pool.Submit(bg, p, long, millrace.WithMaxWait(time.Second))
		waits := pool.Submit(bg, p, nop, millrace.WithMaxWait(time.Second))
		start := time.Now()
		_, err := waits.Await(bg)
		wantIs(t, "the task that waits", err, future.ErrCancelled, pool.ErrMaxWait)
		if took := time.Since(start); took != time.Second {
			t.Errorf("it is settled after %v, want 1s", took)
		}
		wantValue(t, "the task that runs", runs, 1)
		stats(t, p)
		p.Close()
	})
}

// So many tasks start a second, of a pool and of a group, after a burst.
func TestRateOfPoolAndGroup(t *testing.T) {
	for name, on := range map[string]func() (*pool.Pool, pool.Executor){
		"pool": func() (*pool.Pool, pool.Executor) {
			p := pool.New(two, millrace.WithRate(10, 2))
			return p, p
		},
		"group": func() (*pool.Pool, pool.Executor) {
			p := pool.New(two)
			return p, pool.NewGroup(bg, p, millrace.WithRate(10, 2))
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, ex := on()
			start := time.Now()
			var at []time.Duration
			for range 5 {
				pool.Go(bg, ex, func(context.Context) error {
					at = append(at, time.Since(start).Round(10*time.Millisecond))
					return nil
				}, millrace.WithKey("one at a time"))
			}
			p.Close()
			for i, want := range []time.Duration{0, 0, 100, 200, 300} {
				if i >= len(at) || at[i] != want*time.Millisecond {
					t.Fatalf("%s: tasks start after %v, want 0, 0, 100ms, 200ms, 300ms", name, at)
				}
			}
		})
	}
}

// A higher limit lets members in at once.
func TestHigherLimitLetsIn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		gate := make(chan struct{})
		for range 3 {
			pool.Go(bg, g, func(context.Context) error { <-gate; return nil })
		}
		synctest.Wait()
		for _, c := range []struct{ limit, running int }{{1, 1}, {2, 2}, {4, 3}} {
			g.SetLimit(c.limit)
			synctest.Wait()
			if s := g.Stats(); s.Running != c.running {
				t.Errorf("with a limit of %d %d members run, want %d", c.limit, s.Running, c.running)
			}
		}
		close(gate)
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		p.Close()
	})
}

// A task of WithRetry holds no slot between two attempts, which are counted from 1.
func TestRetryHoldsNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var attempts []int
		retry := millrace.WithRetry(func(attempt int, err error) (time.Duration, bool) {
			if len(attempts) != attempt || !errors.Is(err, errBoom) {
				t.Errorf("asked after attempt %d with %v, want %d", attempt, err, len(attempts))
			}
			return time.Second, attempt < 3
		})
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			attempts = append(attempts, pool.Attempt(ctx))
			return 0, errBoom
		}, retry)
		synctest.Wait()
		wantValue(t, "another task meanwhile", pool.Submit(bg, p, nop), 1)
		if s := stats(t, p); s.Waiting != 1 || f.State() != future.Running {
			t.Errorf("between attempts: Stats() = %+v, State() = %v, want 1 waiting and running", s, f.State())
		}
		_, err := f.Await(bg)
		wantIs(t, "the outcome", err, errBoom)
		if len(attempts) != 3 || attempts[0] != 1 || attempts[2] != 3 {
			t.Errorf("attempts %v, want 1 to 3", attempts)
		}
		p.Close()
	})
}

// Abort ends a task of WithRetry, in an attempt and between two.
func TestAbortEndsRetries(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		attempts, asked := 0, 0
		retry := millrace.WithRetry(func(int, error) (time.Duration, bool) { asked++; return time.Minute, true })
		inside := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			attempts++
			return untilEnd(ctx)
		}, retry)
		synctest.Wait()
		inside.Abort(errBoom)
		_, err := inside.Await(bg)
		wantIs(t, "a task aborted in an attempt", err, errBoom)
		if asked != 0 {
			t.Error("it is asked whether to try an aborted task again")
		}
		between := pool.Submit(bg, p, func(context.Context) (int, error) { attempts++; return 0, errBoom }, retry)
		synctest.Wait()
		start := time.Now()
		between.Abort(nil)
		between.Await(bg)
		if took := time.Since(start); took != 0 || attempts != 2 {
			t.Errorf("an abort between attempts takes %v, and there were %d attempts, want none and 2", took, attempts)
		}
		p.Close()
	})
}

// A failure in a group that ignores errors cancels nobody, and is in its future alone.
func TestGroupThatIgnoresErrors(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p, millrace.IgnoreErrors())
		failed := pool.Submit(bg, g, boom)
		after := pool.Submit(bg, g, nop)
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		_, err := failed.Await(bg)
		wantIs(t, "the future", err, errBoom)
		wantValue(t, "a later member", after, 1)
		p.Close()
	})
}

// A Then has its place in the line of its key by its own submission.
func TestKeyOrderOfThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		k := millrace.WithKey("k")
		var j journal
		input := future.NewPromise[int]()
		pool.Then(bg, p, input.Future(), func(ctx context.Context, _ int) (int, error) { return j.task("then")(ctx) }, k)
		pool.Submit(bg, p, j.task("b"), k)
		pool.Submit(bg, p, j.task("c"), k)
		input.Resolve(1)
		release()
		p.Close()
		j.want(t, "then b c")
	})
}
