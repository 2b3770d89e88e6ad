package pool_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Several goroutines of a task wait. One whose wait is over waits for the task's slot; if
// another one then waits for it in its place, the first goes on.
func TestWaitsForTheSlot(t *testing.T) {
	// lend makes a goroutine of the task wait for a future, which settle cancels. The only slot
	// is lent to a task that ends with release.
	lend := func(ctx context.Context, p *pool.Pool, over chan<- error) (settle, release func()) {
		late := pool.Submit(context.WithoutCancel(ctx), p, nop, millrace.WithDelay(time.Hour))
		go func() {
			_, err := late.Await(context.WithoutCancel(ctx))
			over <- err
		}()
		synctest.Wait()
		release = blocker(p, 1)
		return func() { late.Cancel(); synctest.Wait() }, release
	}
	for name, run := range map[string]func(p *pool.Pool, over chan<- error){
		"the next item of a map": func(p *pool.Pool, over chan<- error) {
			var release func()
			pool.MapSlice(bg, p, []int{0, 1}, func(ctx context.Context, i int) (int, error) {
				if i == 0 {
					var settle func()
					settle, release = lend(ctx, p, over)
					settle()
					time.AfterFunc(time.Second, release)
				}
				return i, nil
			}, millrace.WithConcurrency(1))
		},
		"a wait for another pool's task": func(p *pool.Pool, over chan<- error) {
			other := pool.New(one)
			defer other.Close()
			pool.Go(bg, p, func(ctx context.Context) error {
				settle, release := lend(ctx, p, over)
				settle()
				time.AfterFunc(time.Minute, release)
				far := pool.Submit(bg, other, nop, millrace.WithDelay(time.Second))
				_, err := far.Await(ctx)
				return err
			}).Await(bg)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				over := make(chan error, 1)
				run(p, over)
				select {
				case err := <-over:
					wantIs(t, "Await() of a cancelled future", err, future.ErrCancelled)
				case <-time.After(24 * time.Hour):
					t.Fatal("a wait for a settled future does not end")
				}
				p.Close()
			})
		})
	}
}

// A task that waits for tasks of its pool and for work that runs elsewhere lends its slot
// until the last of them has settled: that work may need the pool.
func TestWaitForWorkElsewhereLends(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		far := future.NewPromiseFunc[int](func(error) bool { return false })
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			near := pool.Submit(ctx, p, nop)
			pool.Submit(bg, p, func(context.Context) (int, error) { far.Resolve(2); return 0, nil }, millrace.WithDelay(time.Second))
			vs, err := future.All(ctx, near, far.Future())
			if err != nil {
				return 0, err
			}
			return vs[0] + vs[1], nil
		})
		ctx, cancel := context.WithTimeout(bg, time.Hour)
		defer cancel()
		if v, err := f.Await(ctx); v != 3 || err != nil {
			t.Errorf("Await() of the task = %v, %v, want 3", v, err)
			far.Resolve(2)
		}
		p.Close()
	})
}

// When the work that runs elsewhere has settled, a task that takes what settles one by one waits for
// tasks of its pool alone: it keeps its slot while these run.
func TestWaitAfterWorkElsewhereKeepsTheSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		far := future.NewPromiseFunc[int](func(error) bool { return false })
		far.Resolve(1)
		for name, far := range map[string]*future.Promise[int]{
			"settled":           far,
			"settles meanwhile": future.NewPromiseFunc[int](func(error) bool { return false }),
		} {
			near := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil })
			f := pool.Go(bg, p, func(ctx context.Context) error {
				for range future.AsCompleted(ctx, far.Future(), near) {
				}
				return nil
			})
			synctest.Wait()
			far.Resolve(2)
			synctest.Wait()
			if s := stats(t, p); s.Running != 2 || s.Waiting != 0 {
				t.Errorf("%s: Stats() = %+v, want two tasks that run", name, s)
			}
			_, _ = f.Await(bg)
		}
		p.Close()
	})
}

// A goroutine of a function of Join waits for longer than Join takes. When its wait is over,
// the task takes the slot back that the goroutine has lent; an item of a map when it ends.
func TestWaitOutlivesJoin(t *testing.T) {
	want := func(p *pool.Pool, when string) {
		if s := stats(t, p); s.Running != 1 || s.Waiting != 0 {
			t.Errorf("%s: Stats() = %+v, want one task that runs and none that waits", when, s)
		}
	}
	lend := func(ctx context.Context, p *pool.Pool, late *intFuture) {
		pool.Join(ctx, p, nop, func(ctx context.Context) (int, error) {
			go late.Await(context.WithoutCancel(ctx))
			synctest.Wait()
			return 1, nil
		})
	}
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		late := pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			lend(ctx, p, late)
			late.Cancel()
			want(p, "after the wait")
			return 1, nil
		})
		wantValue(t, "the task", f, 1)
		late = pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
		err := pool.ForN(bg, p, 100, func(ctx context.Context, i int) error {
			if i != 50 {
				want(p, fmt.Sprint("item ", i))
				return nil
			}
			lend(ctx, p, late)
			return nil
		}, millrace.WithConcurrency(1))
		if err != nil {
			t.Errorf("ForN() = %v, want nil", err)
		}
		late.Cancel()
		p.Close()
	})
}
