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

// A task that wants its slot back does not keep others from taking what settles next: one of
// them may hold that slot.
func TestSetBesidePermit(t *testing.T) {
	for _, second := range []bool{false, true} { // the task waits for its turn first
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			far := make([]*future.Promise[int], 2)
			s := future.NewSet[int]()
			for i := range far {
				far[i] = future.NewPromiseFunc[int](func(error) bool { return false })
				s.Add(far[i].Future())
			}
			next := func(ctx context.Context) error { _, err := s.Next(ctx); return err }
			first, stop := context.WithCancel(bg)
			if second {
				go next(first)
				synctest.Wait()
			}
			task := pool.Go(bg, p, next)
			synctest.Wait()
			release, err := pool.Acquire(bg, p)
			if err != nil {
				t.Fatalf("Acquire() = %v, want nil", err)
			}
			stop()
			synctest.Wait()
			got := errBoom
			go func() { got = next(bg) }()
			synctest.Wait()
			far[0].Resolve(1)
			if synctest.Wait(); got != nil {
				t.Errorf("Next() = %v beside a task that waits for its slot, want a future; the task was second: %v", got, second)
			}
			far[1].Resolve(1)
			release()
			task.Await(bg)
			p.Close()
		})
	}
}

// A task that waits behind another one learns at once that all of the set waits for it.
func TestSetDeadlockBehindAnother(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(3))
		blocked := make(chan struct{})
		s := future.NewSet[int]()
		second := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-blocked
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			_, err := s.Next(ctx)
			wantIs(t, "Next() in a task that all of the set waits for", err, future.ErrDeadlock)
			return 1, nil
		})
		s.Add(pool.Submit(bg, p, second.Await))
		first := pool.Go(bg, p, func(ctx context.Context) error { _, err := s.Next(ctx); return err })
		synctest.Wait()
		close(blocked)
		wantValue(t, "the second task", second, 1)
		if _, err := first.Await(bg); err != nil {
			t.Errorf("Next() of the first task = %v, want nil", err)
		}
		p.Close()
	})
}

// Of two tasks that take the futures of a set in turns, each lends its own slot while it waits.
func TestSetInTurns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(3))
		s := future.NewSet(
			pool.Submit(bg, p, nop, millrace.WithDelay(time.Second)), pool.Submit(bg, p, nop, millrace.WithDelay(time.Minute)),
		)
		first, gate := make(chan struct{}), make(chan struct{})
		next := func(ctx context.Context) error { _, err := s.Next(ctx); return err }
		keeps := pool.Go(bg, p, func(ctx context.Context) error {
			err := next(ctx)
			close(first)
			<-gate
			return err
		})
		lends := pool.Go(bg, p, func(ctx context.Context) error {
			<-first
			return next(ctx)
		}, millrace.WithWeight(2))
		<-first
		synctest.Wait()
		if s := stats(t, p); s.Running != 1 || s.Waiting != 1 || s.Weight != 1 {
			t.Errorf("Stats() = %+v, want one that runs, and a heavy one that waits", s)
		}
		close(gate)
		for _, f := range []*future.Future[struct{}]{keeps, lends} {
			if _, err := f.Await(bg); err != nil {
				t.Errorf("Next() = %v, want nil", err)
			}
		}
		p.Close()
	})
}
