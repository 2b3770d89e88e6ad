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

// A task that waits for a future.Set waits for what is added meanwhile, too: it lends its
// slot to that, whether it has lent it before or not.
func TestSetGrowsWhileTaskWaits(t *testing.T) {
	for name, first := range map[string]func(*pool.Pool) *intFuture{
		"a promise":      func(*pool.Pool) *intFuture { return future.NewPromise[int]().Future() },
		"a delayed task": func(p *pool.Pool) *intFuture { return pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				s := future.NewSet(first(p))
				next := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					f, err := s.Next(ctx)
					if err != nil {
						return 0, err
					}
					return f.Await(ctx)
				})
				synctest.Wait()
				s.Add(pool.Submit(bg, p, func(context.Context) (int, error) { return 7, nil }))
				synctest.Wait()
				if r, settled := next.Poll(); !settled || r.Value != 7 {
					t.Errorf("Next() in a task = %v, settled %v, want the future that was added", r, settled)
				}
				p.Stop(nil)
				p.Close()
			})
		})
	}
}

// Several tasks may wait for one set: each lends its slot, also the one that waits until it
// is its turn to wait.
func TestSetOfTwoTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		s := future.NewSet(submitMany(bg, p, 2, millrace.WithDelay(time.Second))...)
		ctx, cancel := context.WithTimeout(bg, time.Hour)
		defer cancel()
		next := func(ctx context.Context) (int, error) {
			f, err := s.Next(ctx)
			if err != nil {
				return 0, err
			}
			return f.Await(ctx)
		}
		for _, f := range []*intFuture{pool.Submit(ctx, p, next), pool.Submit(ctx, p, next)} {
			if _, err := f.Await(bg); err != nil {
				t.Errorf("Next() in one of two tasks: %v", err)
			}
		}
		p.Close()
	})
}

// A future of the set that has settled beats the end of the context, also while a task is
// about to take another one and waits for its slot.
func TestSetBesideTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		far := future.NewPromiseFunc[int](func(error) bool { return false })
		s := future.NewSet(far.Future(), pool.Submit(bg, p, nop, millrace.WithDelay(time.Second)))
		pool.Go(bg, p, func(ctx context.Context) error { _, err := s.Next(ctx); return err })
		synctest.Wait()
		release := blocker(p, 1) // it has the slot that the task lends
		far.Resolve(1)
		synctest.Wait()
		if f, err := s.Next(ended(errBoom)); f != far.Future() || err != nil {
			t.Errorf("Next() with a context that has ended = %v, %v, want the settled future", f, err)
		}
		release()
		p.Close()
	})
}
