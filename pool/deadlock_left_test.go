package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// oneOrTwo returns two pools, which are one if n is 1.
func oneOrTwo(n int) (p, q *pool.Pool) {
	p = pool.New(two)
	if n == 1 {
		return p, p
	}
	return p, pool.New(two)
}

// leavable are kinds of waits.
var leavable = map[string]func(context.Context, *intFuture) error{
	"Await": func(ctx context.Context, f *intFuture) error { _, err := f.Await(ctx); return err },
	"All":   func(ctx context.Context, f *intFuture) error { _, err := future.All(ctx, f); return err },
	"Any":   func(ctx context.Context, f *intFuture) error { _, err := future.Any(ctx, f); return err },
}

// A wait whose context has ended is no part of a cycle, though its goroutine has not run since. So a
// task may end the wait of another one, which waits for it, and then wait for that itself. On one
// processor the goroutine of the other one cannot have run.
func TestNoDeadlockThroughWaitWhoseContextHasEnded(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	own := func(ctx context.Context) (context.Context, func()) { return ctx, func() {} }
	derived := func(ctx context.Context) (context.Context, func()) { return context.WithCancel(ctx) }
	apart := func(ctx context.Context) (context.Context, func()) {
		return context.WithCancel(context.WithoutCancel(ctx))
	}
	for name, c := range map[string]struct {
		derive func(context.Context) (context.Context, func())
		end    func(other *intFuture, cancel func())
	}{
		"Abort":                        {own, func(other *intFuture, _ func()) { other.Abort(errBoom) }},
		"Abort, a derived context":     {derived, func(other *intFuture, _ func()) { other.Abort(errBoom) }},
		"the end of a derived context": {derived, func(_ *intFuture, cancel func()) { cancel() }},
		"the end of a context apart":   {apart, func(_ *intFuture, cancel func()) { cancel() }},
	} {
		for wait, f := range leavable {
			for _, pools := range []int{1, 2} {
				bubble.Run(t, func(t *testing.T) {
					p, q := oneOrTwo(pools)
					gate := make(chan struct{})
					var waits *intFuture
					other := knowing(p, func(ctx context.Context, self *intFuture) (int, error) {
						ctx, cancel := c.derive(ctx)
						defer cancel()
						waits = pool.Submit(context.WithoutCancel(ctx), q, func(ctx context.Context) (int, error) {
							<-gate
							c.end(self, cancel)
							return self.Await(ctx)
						})
						wantIs(t, wait, f(ctx, waits), future.ErrNotDone)
						return 1, nil
					})
					synctest.Wait()
					close(gate)
					wantValue(t, fmt.Sprintf("%s, %s, %d pools: the task that ends the wait", name, wait, pools), waits, 1)
					wantValue(t, "the other task", other, 1)
					p.Close()
					q.Close()
				})
			}
		}
	}
}

// The same holds if what ends the context of the other task is a context that this one was not derived
// from, or that the standard library does not know: of these the task's context is told a moment later.
func TestNoDeadlockThroughWaitOfTaskThatIsToEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	type setting struct {
		submit context.Context // of the other task
		ex     pool.Executor   // that it is submitted to
		end    func()
	}
	ends := map[string]func(q pool.Executor) setting{
		"its group": func(q pool.Executor) setting {
			ctx, cancel := context.WithCancel(bg)
			return setting{bg, pool.NewGroup(ctx, q), cancel}
		},
		"a group of the task above": func(q pool.Executor) setting {
			ctx, cancel := context.WithCancel(bg)
			above := make(chan context.Context)
			pool.Go(bg, pool.NewGroup(ctx, q), func(ctx context.Context) error {
				above <- ctx
				<-ctx.Done()
				return nil
			})
			return setting{<-above, q, cancel}
		},
		"its pool": func(pool.Executor) setting {
			ctx, cancel := context.WithCancel(bg)
			return setting{bg, pool.New(two, millrace.WithContext(ctx)), cancel}
		},
		"a context of a type of one's own": func(q pool.Executor) setting {
			inside, cancel := context.WithCancel(bg)
			ctx := ownDone{inside, make(chan struct{})}
			return setting{ctx, q, func() { cancel(); close(ctx.done) }}
		},
	}
	for name, makes := range ends {
		for wait, f := range leavable {
			for _, derives := range []bool{false, true} {
				bubble.Run(t, func(t *testing.T) {
					p, q := pool.New(two), pool.New(two)
					s := makes(q)
					gate := make(chan struct{})
					var waits *intFuture
					other := pool.Submit(s.submit, s.ex, func(ctx context.Context) (int, error) {
						<-gate
						if derives {
							derived, cancel := context.WithCancel(ctx)
							defer cancel()
							ctx = derived
						}
						wantIs(t, wait, f(ctx, waits), future.ErrNotDone)
						return 1, nil
					})
					end := make(chan struct{})
					waits = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
						<-end
						s.end()
						return other.Await(ctx)
					})
					close(gate)
					synctest.Wait()
					close(end)
					wantValue(t, fmt.Sprintf("%s, %s, derived: %v: the task that ends the wait", name, wait, derives), waits, 1)
					p.Close()
					q.Close()
				})
			}
		}
	}
}

// Nor is a pending task whose context has ended: it is about to be cancelled.
func TestNoDeadlockThroughTaskWhoseContextHasEnded(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, pools := range []int{1, 2} {
		bubble.Run(t, func(t *testing.T) {
			p, q := oneOrTwo(pools)
			gate := make(chan struct{})
			ends, cancel := context.WithCancel(bg)
			var other *intFuture
			waits := pool.Submit(bg, q, func(ctx context.Context) (int, error) {
				<-gate
				cancel()
				return other.Await(ctx)
			})
			then := pool.Then(ends, p, waits, identity)
			other = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				_, err := then.Await(ctx)
				wantIs(t, "the wait for a task whose context has ended", err, future.ErrCancelled)
				return 1, nil
			})
			synctest.Wait()
			close(gate)
			wantValue(t, fmt.Sprintf("%d pools: the task that ends the other's context", pools), waits, 1)
			wantValue(t, "the task that waits for that", other, 1)
			p.Close()
			q.Close()
		})
	}
}

// An Acquire that closes a cycle through another pool is told.
func TestAcquireThroughTwoPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(two), pool.New(two)
		key := millrace.WithKey("k")
		gate := make(chan struct{})
		acquires := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-gate
			return 1, hold(ctx, p, key)
		})
		far := pool.Submit(bg, q, func(ctx context.Context) (int, error) { return acquires.Await(ctx) })
		pool.Submit(bg, p, func(ctx context.Context) (int, error) { return far.Await(ctx) }, key)
		synctest.Wait()
		close(gate)
		synctest.Wait()
		r, _ := acquires.Poll()
		wantIs(t, "Acquire()", r.Err, future.ErrDeadlock, future.ErrCancelled)
		acquires.Abort(errBoom)
		p.Close()
		q.Close()
	})
}
