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

// A permit may lose all hope after Acquire has begun: the task that has its key comes to need what
// the task keeps that acquires, or to wait for it. One of the two is told.
func TestAcquireThatBecomesHopeless(t *testing.T) {
	k, heavy := millrace.WithKey("k"), millrace.WithWeight(2)
	second := func(context.Context) (int, error) { time.Sleep(time.Second); return 1, nil }
	acquires := func(p *pool.Pool, opts ...millrace.TaskOption) *intFuture {
		return pool.Submit(bg, p, func(ctx context.Context) (int, error) { return 1, hold(ctx, p, append(opts, k)...) })
	}
	for name, program := range map[string]func(p *pool.Pool) []*intFuture{
		"it comes to wait for its key after a delay": func(p *pool.Pool) []*intFuture {
			first := pool.Submit(bg, p, second, k, heavy, millrace.WithDelay(time.Millisecond))
			return []*intFuture{acquires(p, millrace.WithDelay(2*time.Millisecond)), first}
		},
		"the task with the key has another attempt": func(p *pool.Pool) []*intFuture {
			first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				if pool.Attempt(ctx) == 1 {
					p.Resize(p.Stats().Workers) // any section
					return 0, errBoom
				}
				return 1, nil
			}, k, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Second, n < 2 }), heavy)
			// It has the weight that the one that acquires takes between the two attempts.
			time.Sleep(1500 * time.Millisecond)
			return []*intFuture{acquires(p), first}
		},
		"the task with the key wants back what it has lent": func(p *pool.Pool) []*intFuture {
			first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				pool.Outside(ctx, func() { time.Sleep(time.Second) })
				return 1, nil
			}, k, heavy)
			time.Sleep(time.Millisecond)
			return []*intFuture{acquires(p), first}
		},
		"the task with the key waits for one that needs it": func(p *pool.Pool) []*intFuture {
			first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				return pool.Submit(ctx, p, second, heavy).Await(ctx)
			}, k, millrace.WithWeight(0))
			return []*intFuture{acquires(p), first}
		},
		"the task with the key waits for the one that acquires": func(p *pool.Pool) []*intFuture {
			known := make(chan *intFuture, 1)
			first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				return (<-known).Await(ctx)
			}, k, millrace.WithWeight(0))
			acquirer := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				var both sync.WaitGroup // so it lends when the other begins to wait
				both.Go(func() {
					pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil }, heavy).Await(ctx)
				})
				both.Go(func() { hold(ctx, p, k, millrace.WithWeight(0)) })
				both.Wait()
				return 1, nil
			})
			known <- acquirer
			return []*intFuture{acquirer, first}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(2))
				fs := program(p)
				time.Sleep(time.Hour)
				var errs []error
				for _, f := range fs {
					r, settled := f.Poll()
					if !settled {
						t.Fatalf("%v, want it settled: %v", f, p)
					}
					errs = append(errs, r.Err)
				}
				wantIs(t, name, errors.Join(errs...), future.ErrDeadlock)
				p.Close()
			})
		})
	}
}

// The task with the key of a permit gets its slot back ahead of one that is too heavy beside the task
// that acquires.
func TestAcquireBehindATaskThatWantsItsSlotBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(2))
		k := millrace.WithKey("k")
		lends := func(d time.Duration, opts ...millrace.TaskOption) *intFuture {
			return pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				pool.Outside(ctx, func() { time.Sleep(d) })
				return 1, nil
			}, opts...)
		}
		heavy, first := lends(time.Second, millrace.WithWeight(2)), lends(2*time.Second, k)
		acquirer := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return 1, hold(ctx, p, k, millrace.WithWeight(0)) })
		time.Sleep(time.Hour)
		for name, f := range map[string]*intFuture{"heavy": heavy, "first": first, "acquirer": acquirer} {
			if s := f.State(); s != future.Succeeded {
				t.Fatalf("task %s is %v: %v", name, s, p)
			}
		}
		p.Close()
	})
}

// An item whose map has no other at work needs its room back before the key of its caller is free: the
// permit of that key is refused if the task that acquires has the room.
func TestAcquireBehindAnItemThatWantsItsRoomBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		k := millrace.WithKey("k")
		g := pool.NewGroup(bg, p, millrace.IgnoreErrors(), millrace.WithLimit(1))
		held := make(chan struct{})
		caller := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			item := func(ctx context.Context, n int) (int, error) {
				pool.Outside(ctx, func() { <-held })
				return n, nil
			}
			_, err := pool.MapSlice(ctx, g, []int{1}, item)
			return 1, err
		}, k)
		synctest.Wait()
		acquirer := pool.Submit(bg, g, func(ctx context.Context) (int, error) { return 1, hold(ctx, p, k) })
		synctest.Wait()
		close(held)
		synctest.Wait()
		r, settled := acquirer.Poll()
		if !settled {
			t.Fatalf("Acquire() goes on, want ErrDeadlock: %v", p)
		}
		wantIs(t, "Acquire()", r.Err, future.ErrDeadlock)
		if _, err := caller.Await(bg); err != nil {
			t.Errorf("the caller of the map: %v, want nil", err)
		}
		p.Close()
	})
}
