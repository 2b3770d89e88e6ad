package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

func returns2(context.Context) (int, error) { return 2, nil }

// divided is dividedUnder with the background context.
func divided(t *testing.T, fn func(ctx context.Context, p *pool.Pool) error) error {
	t.Helper()
	return dividedUnder(bg, t, fn)
}

// dividedUnder calls fn in a task of a pool with one worker, within so many calls of Join that
// the caller of the next one runs both functions. The task is submitted with ctx. dividedUnder
// returns what it has returned.
func dividedUnder(ctx context.Context, t *testing.T, fn func(ctx context.Context, p *pool.Pool) error) error {
	t.Helper()
	p := pool.New(one)
	defer p.Close()
	innermost := func(ctx context.Context) error {
		before := p.Stats()
		err := fn(ctx, p)
		if s := p.Stats(); s.Submitted != before.Submitted {
			t.Errorf("the innermost Join submitted %d tasks, want none", s.Submitted-before.Submitted)
		}
		return err
	}
	_, err := pool.Go(ctx, p, func(ctx context.Context) error { return withinJoins(ctx, p, 8, innermost) }).Await(bg)
	return err
}

// withinJoins calls fn within so many calls of Join, whose other functions do nothing.
func withinJoins(ctx context.Context, p *pool.Pool, depth int, fn func(context.Context) error) error {
	if depth == 0 {
		return fn(ctx)
	}
	_, _, err := pool.Join(ctx, p, nop, func(ctx context.Context) (int, error) { return 0, withinJoins(ctx, p, depth-1, fn) })
	return err
}

// In a deep recursion that has given each worker enough to do, Join submits nothing: its
// caller runs both functions. It promises the same.
func TestJoinDivided(t *testing.T) {
	t.Run("values", func(t *testing.T) {
		err := divided(t, func(ctx context.Context, p *pool.Pool) error {
			var inner context.Context
			a, b, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) { inner = ctx; return 1, nil }, returns2)
			if a != 1 || b != 2 || err != nil {
				t.Errorf("Join() = %v, %v, %v, want 1, 2, nil", a, b, err)
			}
			if inner.Err() == nil {
				t.Error("the context of a function lives on after Join")
			}
			return nil
		})
		if err != nil {
			t.Errorf("the task = %v, want nil", err)
		}
	})
	t.Run("first error", func(t *testing.T) {
		err := divided(t, func(ctx context.Context, p *pool.Pool) error {
			a, b, err := pool.Join(ctx, p, func(context.Context) (int, error) {
				t.Error("a function runs after the error of the other one")
				return 1, nil
			}, func(context.Context) (int, error) { return 2, errBoom })
			if a != 0 || b != 2 {
				t.Errorf("Join() = %v, %v, want 0, 2", a, b)
			}
			return err
		})
		wantIs(t, "Join()", err, errBoom)
	})
	t.Run("second error", func(t *testing.T) {
		err := divided(t, func(ctx context.Context, p *pool.Pool) error {
			_, b, err := pool.Join(ctx, p, boom, returns2)
			if b != 2 {
				t.Errorf("Join() = _, %v, want 2", b)
			}
			return err
		})
		wantIs(t, "Join()", err, errBoom)
	})
	t.Run("end of the context", func(t *testing.T) {
		err := divided(t, func(ctx context.Context, p *pool.Pool) error {
			_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) {
				t.Error("a function runs after the end of the pool")
				return 1, nil
			}, func(context.Context) (int, error) { p.Stop(errBoom); return 2, nil })
			wantIs(t, "Join()", err, future.ErrCancelled)
			wantIs(t, "Join()", err, pool.ErrStopped)
			return nil
		})
		wantIs(t, "the outer Join", err, pool.ErrStopped)
	})
	t.Run("end of a context of one's own", func(t *testing.T) {
		ctx := ownEnd{bg, make(chan struct{})}
		err := dividedUnder(ctx, t, func(inner context.Context, p *pool.Pool) error {
			_, _, err := pool.Join(inner, p, func(context.Context) (int, error) {
				t.Error("a function runs after the end of the context")
				return 1, nil
			}, func(context.Context) (int, error) { close(ctx.done); return 2, nil })
			wantIs(t, "Join()", err, future.ErrCancelled, context.Canceled)
			return nil
		})
		wantIs(t, "the outer Join", err, context.Canceled)
	})
	t.Run("panic", func(t *testing.T) {
		err := divided(t, func(ctx context.Context, p *pool.Pool) error {
			_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) { panic(errBoom) }, nop)
			return err
		})
		var panicked *future.PanicError
		if !errors.As(err, &panicked) || panicked.Value != errBoom {
			t.Errorf("the task = %v, want the function's panic", err)
		}
	})
	t.Run("Goexit", func(t *testing.T) {
		var inner context.Context
		err := divided(t, func(ctx context.Context, p *pool.Pool) error {
			_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) {
				inner = ctx
				runtime.Goexit()
				return 0, nil
			}, nop)
			return err
		})
		wantIs(t, "the task", err, future.ErrGoexit)
		if inner.Err() == nil {
			t.Error("the context of a function lives on after Join")
		}
	})
}

// A task that waits for another one keeps its slot while that runs. It lends it as soon as
// that one forks: here the second worker has nothing else to do.
func TestJoinForksIntoLentSlot(t *testing.T) {
	for name, opts := range map[string][]millrace.PoolOption{
		"plain":   {millrace.WithWorkers(2)},
		"bounded": {millrace.WithWorkers(2), millrace.WithQueue(1)},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(opts...)
				fork := make(chan struct{})
				forker := pool.Go(bg, p, func(ctx context.Context) error {
					<-fork
					met := make(chan struct{})
					_, _, err := pool.Join(ctx, p,
						func(context.Context) (int, error) { close(met); return 0, nil },
						func(context.Context) (int, error) { <-met; return 0, nil })
					return err
				})
				waiter := pool.Go(bg, p, func(ctx context.Context) error {
					_, err := forker.Await(ctx)
					return err
				})
				synctest.Wait() // the waiter waits, and keeps its slot
				if s := p.Stats(); s.Running != 2 {
					t.Errorf("Running = %d before the fork, want 2", s.Running)
				}
				close(fork)
				_, err := waiter.Await(bg)
				if err != nil {
					t.Errorf("the waiter = %v, want nil", err)
				}
				p.Close()
			})
		})
	}
}

// Much other work is no reason for Join to run both functions in the caller: a worker that
// comes free shall find one of them. Nor are recursions of before.
func TestJoinForksInBusyPool(t *testing.T) {
	p := pool.New(one)
	defer p.Close()
	wantValue(t, "fib(12)", pool.Submit(bg, p, joinFib(p, 12)), 144)
	pool.Go(bg, p, func(ctx context.Context) error {
		for range 100 {
			pool.Go(bg, p, func(context.Context) error { return nil })
		}
		for range 2 {
			before := p.Stats().Submitted
			_, _, err := pool.Join(ctx, p, nop, nop)
			if n := p.Stats().Submitted - before; n != 1 || err != nil {
				t.Errorf("Join() submitted %d tasks, and returned %v, want 1 and nil", n, err)
			}
		}
		return nil
	}).Await(bg)
}

// A recursion divides its work again as soon as a worker has taken what was pending.
func TestJoinDividesAgain(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(2))
		taken := make(chan struct{})
		pool.Go(bg, p, func(context.Context) error { <-taken; return nil })
		down := func(ctx context.Context) error {
			submits := func(want int) {
				before := p.Stats().Submitted
				if _, _, err := pool.Join(ctx, p, nop, nop); err != nil {
					t.Errorf("Join() = %v, want nil", err)
				}
				if n := p.Stats().Submitted - before; int(n) != want {
					t.Errorf("Join() submitted %d tasks, want %d", n, want)
				}
			}
			submits(0)
			close(taken)
			synctest.Wait() // the other worker has run all that was pending
			submits(1)
			return nil
		}
		if _, err := pool.Go(bg, p, func(ctx context.Context) error { return withinJoins(ctx, p, 8, down) }).Await(bg); err != nil {
			t.Errorf("the task = %v, want nil", err)
		}
		p.Close()
	})
}

// While a task lends its slot, in another one of its goroutines, a function of Join runs in a slot
// of its own, however the pool's work is divided.
func TestJoinOfLendingTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		down := func(ctx context.Context) error {
			end := make(chan struct{})
			runs := pool.Go(bg, p, func(context.Context) error { <-end; return nil })
			awaited := make(chan error)
			go func() { _, err := runs.Await(ctx); awaited <- err }()
			synctest.Wait() // the task lends its slot to the other one
			_, _, err := pool.Join(ctx, p,
				func(context.Context) (int, error) {
					if runs.State() == future.Running {
						t.Error("a function runs beside the task that has the only slot")
					}
					return 0, nil
				},
				func(context.Context) (int, error) { close(end); return 0, nil })
			return errors.Join(err, <-awaited)
		}
		if _, err := pool.Go(bg, p, func(ctx context.Context) error { return withinJoins(ctx, p, 8, down) }).Await(bg); err != nil {
			t.Errorf("the task = %v, want nil", err)
		}
		p.Close()
	})
}

// In a pool that is paused the second function does not begin, however the work is divided.
func TestJoinDividedAndPaused(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		paused := func(ctx context.Context) error {
			p.Pause()
			resumed := time.Now().Add(time.Second)
			time.AfterFunc(time.Second, p.Resume)
			_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) {
				if time.Now().Before(resumed) {
					t.Error("a function begins while the pool is paused")
				}
				return 0, nil
			}, nop)
			return err
		}
		if _, err := pool.Go(bg, p, func(ctx context.Context) error { return withinJoins(ctx, p, 8, paused) }).Await(bg); err != nil {
			t.Errorf("the task = %v, want nil", err)
		}
		p.Close()
	})
}

// A task of another pool has no slot of this one: what it joins is submitted.
func TestJoinDividedInTaskOfAnotherPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		var other *future.Future[struct{}]
		busy := func(context.Context) error {
			before := p.Stats().Submitted
			other = pool.Go(bg, q, func(ctx context.Context) error {
				_, _, err := pool.Join(ctx, p, nop, nop)
				return err
			})
			synctest.Wait()
			if p.Stats().Submitted == before || other.State() != future.Running {
				t.Errorf("Join() submitted %d tasks, and its task is %v, want some and running", p.Stats().Submitted-before, other.State())
			}
			return nil
		}
		pool.Go(bg, p, func(ctx context.Context) error { return withinJoins(ctx, p, 8, busy) }).Await(bg)
		if _, err := other.Await(bg); err != nil {
			t.Errorf("Join() = %v, want nil", err)
		}
		p.Close()
		q.Close()
	})
}

// A context that is kept does not keep the pool, if the caller has run both functions.
func TestJoinDividedKeepsNoPool(t *testing.T) {
	var kept context.Context
	weakly := func() (w weak.Pointer[pool.Pool]) {
		_ = divided(t, func(ctx context.Context, p *pool.Pool) error {
			w = weak.Make(p)
			_, _, err := pool.Join(ctx, p, nop, func(ctx context.Context) (int, error) { kept = ctx; return 0, nil })
			return err
		})
		return w
	}()
	memory.WantFreed(t, "the pool of a function of Join whose context is kept", weakly)
	runtime.KeepAlive(kept)
}
