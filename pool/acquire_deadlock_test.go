package pool_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// hold acquires a permit in a task and gives it back.
func hold(ctx context.Context, ex pool.Executor, opts ...millrace.TaskOption) error {
	release, err := pool.Acquire(ctx, ex, opts...)
	if err == nil {
		release()
	}
	return err
}

// A task that acquires what it holds itself, of which there is no more, is told so at once.
func TestAcquireOfWhatTheTaskHolds(t *testing.T) {
	for name, c := range map[string]struct {
		opts   []millrace.PoolOption
		member bool
		task   []millrace.TaskOption
	}{
		"the slot":   {opts: []millrace.PoolOption{one}},
		"the weight": {opts: []millrace.PoolOption{two, millrace.WithMaxWeight(2)}, task: []millrace.TaskOption{millrace.WithWeight(2)}},
		"the limit":  {opts: []millrace.PoolOption{two}, member: true},
		"the key":    {opts: []millrace.PoolOption{two}, task: []millrace.TaskOption{millrace.WithKey("k")}},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(c.opts...)
			ex := pool.Executor(p)
			if c.member {
				ex = pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
			}
			f := pool.Go(bg, ex, func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, time.Hour)
				defer cancel()
				return hold(ctx, ex, c.task...)
			}, c.task...)
			_, err := f.Await(bg)
			wantIs(t, "Acquire() of "+name, err, future.ErrDeadlock, future.ErrCancelled)
			if s := stats(t, p); s.Running+s.Queued != 0 || s.Weight != 0 {
				t.Errorf("%s: Stats() = %+v, want nothing left", name, s)
			}
			p.Close()
		})
	}
}

// A task that waits for one that acquires lends its slot, whichever comes first.
func TestWaitForATaskThatAcquires(t *testing.T) {
	waits := map[string]func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) error{
		"Await": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) error {
			f := pool.Submit(ctx, p, fn)
			time.Sleep(time.Second)
			_, err := f.Await(ctx)
			return err
		},
		"All": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) error {
			f := pool.Submit(ctx, p, fn)
			time.Sleep(time.Second)
			_, err := future.All(ctx, f)
			return err
		},
		"Scope": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) error {
			return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
				pool.Submit(ctx, g, fn)
				time.Sleep(time.Second)
				return nil
			})
		},
		"MapSlice": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) error {
			_, err := pool.MapSlice(ctx, p, []int{1}, func(ctx context.Context, _ int) (int, error) { return fn(ctx) })
			return err
		},
	}
	for name, wait := range waits {
		for _, before := range []time.Duration{0, 2 * time.Second} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				f := pool.Go(bg, p, func(ctx context.Context) error {
					return wait(ctx, p, func(ctx context.Context) (int, error) {
						time.Sleep(before)
						return 1, hold(ctx, p)
					})
				})
				begin := time.Now()
				if _, err := f.Await(bg); err != nil || time.Since(begin) > 3*time.Second {
					t.Errorf("%s, %v before: %v after %v, want nil", name, before, err, time.Since(begin))
				}
				p.Close()
			})
		}
	}
}

// Two tasks that acquire the keys of one another are a cycle, like two that wait for one
// another: the one that closes it is told.
func TestAcquireOfEachOthersKeys(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		var tasks []*future.Future[struct{}]
		for i, keys := range [][2]string{{"a", "b"}, {"b", "a"}} {
			tasks = append(tasks, pool.Go(bg, p, func(ctx context.Context) error {
				time.Sleep(time.Duration(i+1) * time.Second)
				return hold(ctx, p, millrace.WithKey(keys[1]))
			}, millrace.WithKey(keys[0])))
		}
		_, err := tasks[1].Await(bg)
		wantIs(t, "Acquire() that closes a cycle", err, future.ErrDeadlock)
		if _, err := tasks[0].Await(bg); err != nil {
			t.Errorf("the other Acquire() = %v, want nil", err)
		}
		p.Close()
	})
}

// Tasks that have no slot of their own take none from those that acquire.
func TestAcquireOfATaskBesideWorkers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(0), millrace.WithOverflow(millrace.CallerRuns))
		var f *future.Future[struct{}]
		go func() {
			f = pool.Go(bg, p, func(ctx context.Context) error { return hold(ctx, p, millrace.WithOverflow(millrace.Block)) })
		}()
		synctest.Wait()
		release()
		synctest.Wait()
		if _, err := f.Await(bg); err != nil {
			t.Errorf("Acquire() of a task beside the workers = %v, want nil", err)
		}
		p.Close()
	})
}

// Fewer workers, or a lower limit, may leave too little for a task that acquires: it is told.
func TestAcquireWhenThereIsLess(t *testing.T) {
	for name, less := range map[string]func(p *pool.Pool, g *pool.Group){
		"Resize":   func(p *pool.Pool, _ *pool.Group) { p.Resize(1) },
		"SetLimit": func(_ *pool.Pool, g *pool.Group) { g.SetLimit(1) },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			g := pool.NewGroup(bg, p, millrace.WithLimit(2), millrace.IgnoreErrors())
			release := acquire(t, g)
			f := pool.Go(bg, g, func(ctx context.Context) error { return hold(ctx, g) })
			synctest.Wait()
			less(p, g)
			_, err := f.Await(bg)
			wantIs(t, name, err, future.ErrDeadlock)
			release()
			p.Close()
		})
	}
}

// A task whose wait was ended by its context acquires before it has its slot back. When it has, what
// the permit needs is held by the task that waits for it.
func TestAcquireBeforeTheSlotIsBack(t *testing.T) {
	for name, opt := range map[string]millrace.PoolOption{
		"slots":  one,
		"weight": millrace.WithMaxWeight(1),
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(opt)
				f := pool.Go(bg, p, func(ctx context.Context) error {
					child := pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 1, nil })
					short, cancel := context.WithTimeout(ctx, time.Millisecond)
					defer cancel()
					_, err := child.Await(short)
					wantIs(t, "Await() until the context ends", err, future.ErrNotDone)
					long, stop := context.WithTimeout(ctx, time.Hour)
					defer stop()
					return hold(long, p)
				})
				start := time.Now()
				_, err := f.Await(bg)
				if !errors.Is(err, future.ErrDeadlock) || time.Since(start) != time.Second {
					t.Errorf("Acquire() = %v after %v, want ErrDeadlock when the child has ended", err, time.Since(start))
				}
				p.Close()
			})
		})
	}
}

// holdLater submits a task to ex that acquires a permit of ex when begin is called.
func holdLater(ex pool.Executor, opts ...millrace.TaskOption) (f *future.Future[struct{}], begin func()) {
	gate := make(chan struct{})
	f = pool.Go(bg, ex, func(ctx context.Context) error {
		<-gate
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		return hold(ctx, ex)
	}, opts...)
	synctest.Wait()
	return f, func() { close(gate); synctest.Wait() }
}

// A permit that needs what its own task holds is refused at once, also while another task waits for
// one that can be granted.
func TestAcquireOfWhatTheTaskHoldsBesideAnother(t *testing.T) {
	for name, acquirer := range map[string]func(p *pool.Pool) (*future.Future[struct{}], func()){
		"room": func(p *pool.Pool) (*future.Future[struct{}], func()) {
			return holdLater(pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors()))
		},
		"weight": func(p *pool.Pool) (*future.Future[struct{}], func()) {
			return acquireLater(p, millrace.WithWeight(6)) // beside 5 of its own
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(3), millrace.WithMaxWeight(10))
			release := blocker(p, 1)
			other, begin := holdLater(p)
			f, beginOwn := acquirer(p)
			begin()
			beginOwn()
			synctest.Wait()
			r, _ := f.Poll()
			wantIs(t, "Acquire() of "+name, r.Err, future.ErrDeadlock)
			release()
			if _, err := other.Await(bg); err != nil {
				t.Errorf("the other Acquire() = %v, want nil", err)
			}
			p.Close()
		})
	}
}

// Two goroutines of one task that acquire hold one slot.
func TestAcquireTwiceInATask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		release := blocker(p, 1)
		f := pool.Go(bg, p, func(ctx context.Context) error {
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if err := hold(ctx, p); err != nil {
						t.Errorf("Acquire() = %v, want nil", err)
					}
				})
			}
			wg.Wait()
			return nil
		})
		synctest.Wait()
		release()
		f.Await(bg)
		p.Close()
	})
}
