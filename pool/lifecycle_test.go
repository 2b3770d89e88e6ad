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

// Close runs what was admitted, waits for it, and takes no more.
func TestClose(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var fs []*intFuture
		for range 5 {
			fs = append(fs, pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 1, nil }))
		}
		begin := time.Now()
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("Close() took %v, want 5s", took)
		}
		for _, f := range fs {
			if f.State() != future.Succeeded {
				t.Errorf("%v after Close, want it to have run", f)
			}
		}
		if s := stats(t, p); s.Goroutines != 0 || s.Succeeded != 5 {
			t.Errorf("Stats() = %+v, want no goroutine, 5 succeeded", s)
		}
	})
}

// Close waits for the functions of OnDone too, slow ones and those that a
// cancel has called.
func TestCloseWaitsForOnDone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ran, cancelled := pool.Submit(bg, p, nop), pool.Submit(bg, p, nop)
		told := make(chan string, 2)
		ran.OnDone(func(*intFuture) { time.Sleep(time.Second); told <- "ran" })
		cancelled.OnDone(func(*intFuture) { time.Sleep(time.Minute); told <- "cancelled" })
		go cancelled.Cancel()
		synctest.Wait()
		release()
		p.Close()
		if len(told) != 2 {
			t.Errorf("%d of 2 functions of OnDone have ended when Close returns", len(told))
		}
	})
}

// What running tasks submit is still taken while the pool closes, at any depth;
// what comes from outside is not.
func TestCloseTakesTasksOfItsTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		started, proceed := make(chan struct{}), make(chan struct{})
		var inner, deep *intFuture
		outer := pool.Go(bg, p, func(ctx context.Context) error {
			close(started)
			<-proceed
			inner = pool.Submit(context.WithoutCancel(ctx), p, func(ctx context.Context) (int, error) {
				deep = pool.Then(context.WithoutCancel(ctx), p, future.Resolved(2), identity)
				return 1, nil
			})
			return nil
		})
		<-started
		p.Seal()
		wantNeverRan(t, "submitted from outside", pool.Submit(bg, p, nop), pool.ErrClosed)
		wantNeverRan(t, "with another pool's task's context", submitFromOther(p), pool.ErrClosed)
		close(proceed)
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		outer.Await(bg)
		wantValue(t, "a running task's", inner, 1)
		wantValue(t, "its own", deep, 2)
	})
}

// submitFromOther submits to p inside a task of another pool.
func submitFromOther(p *pool.Pool) (f *intFuture) {
	q := pool.New()
	defer q.Close()
	pool.Go(bg, q, func(ctx context.Context) error {
		f = pool.Submit(context.WithoutCancel(ctx), p, nop)
		return nil
	}).Await(bg)
	return f
}

// A task that has ended is no way in any more: its context is not a key.
func TestCloseTakesNothingOfEndedTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var kept context.Context
		pool.Go(bg, p, func(ctx context.Context) error { kept = context.WithoutCancel(ctx); return nil }).Await(bg)
		release := blocker(p, 1)
		p.Seal()
		wantNeverRan(t, "submitted with an ended task's context", pool.Submit(kept, p, nop), pool.ErrClosed)
		release()
		p.Close()
	})
}

// Seal returns at once; Err tells what happened last.
func TestErr(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		if err := p.Err(); err != nil {
			t.Errorf("Err() of an open pool = %v, want nil", err)
		}
		release := blocker(p, 1)
		p.Seal()
		p.Seal()
		if err := p.Err(); !errors.Is(err, pool.ErrClosed) || errors.Is(err, pool.ErrStopped) {
			t.Errorf("Err() after Seal = %v, want ErrClosed", err)
		}
		p.Stop(errBoom)
		p.Stop(errors.New("a later cause"))
		if err := p.Err(); !errors.Is(err, pool.ErrStopped) || !errors.Is(err, errBoom) {
			t.Errorf("Err() after Stop = %v, want ErrStopped with the first cause", err)
		}
		p.Seal()
		release()
		p.Close()
		if err := p.Err(); !errors.Is(err, pool.ErrStopped) || !errors.Is(err, errBoom) {
			t.Errorf("Err() after Close = %v, want ErrStopped to stay", err)
		}
	})
}

// Stop settles everything pending at once, ends what runs with the cause, and
// does not wait. A Close that waits already sees it.
func TestStop(t *testing.T) {
	for name, cause := range map[string]error{"with a cause": errBoom, "without": nil} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			running := pool.Submit(bg, p, untilEnd)
			synctest.Wait()
			pending, then := pool.Submit(bg, p, nop), pool.Then(bg, p, future.NewPromise[int]().Future(), identity)
			closed := make(chan error, 1)
			go func() { closed <- p.Close() }()
			synctest.Wait()
			p.Stop(cause)
			reasons := []error{pool.ErrStopped}
			if cause != nil {
				reasons = append(reasons, cause)
			}
			wantNeverRan(t, name+": pending", pending, reasons...)
			wantNeverRan(t, name+": deferred", then, reasons...)
			if cause == nil {
				cause = pool.ErrStopped
			}
			if _, err := running.Await(bg); !errors.Is(err, cause) {
				t.Errorf("%s: the cause of a running task's context = %v, want %v", name, err, cause)
			}
			if err := <-closed; !errors.Is(err, pool.ErrStopped) {
				t.Errorf("%s: Close() = %v, want ErrStopped: tasks were lost", name, err)
			}
			if s := stats(t, p); s.Cancelled != 2 || s.Failed != 1 || s.Refused != 0 {
				t.Errorf("%s: Stats() = %+v, want 2 cancelled, 1 failed", name, s)
			}
		})
	}
}

// The end of the pool's context is a Stop with its cause.
func TestPoolContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.WithValue(bg, key{}, "the pool's"))
		p := pool.New(one, millrace.WithContext(ctx))
		running := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			if v := ctx.Value(key{}); v != nil {
				t.Errorf("Value() in a task = %v, want none of the pool's context", v)
			}
			return untilEnd(ctx)
		})
		pending := pool.Submit(bg, p, nop)
		synctest.Wait()
		cancel(errBoom)
		if _, err := running.Await(bg); err != errBoom {
			t.Errorf("the cause of a running task's context = %v, want the pool's", err)
		}
		pending.Await(bg)
		wantNeverRan(t, "pending", pending, pool.ErrStopped, errBoom)
		wantIs(t, "Err()", p.Err(), pool.ErrStopped, errBoom)
		p.Close()
	})
}

// A pool that is done leaves nothing on its context.
func TestPoolContextOutlivesPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(bg)
		p := pool.New(millrace.WithContext(ctx))
		pool.Submit(bg, p, nop).Await(bg)
		p.Close()
		cancel()
		synctest.Wait()
		if err := p.Err(); !errors.Is(err, pool.ErrClosed) {
			t.Errorf("Err() = %v, want ErrClosed: the pool was done before its context ended", err)
		}
	})
}

// Close lets in what a running task of the pool submits by way of tasks of another one,
// however many tasks its own context is below.
func TestCloseLetsInFromDeepBelow(t *testing.T) {
	for depth := range 70 {
		bubble.Run(t, func(t *testing.T) {
			p, q := pool.New(millrace.WithWorkers(2)), pool.New(millrace.WithWorkers(100))
			var down func(ctx context.Context, left int) (int, error)
			through := func(ctx context.Context) (int, error) {
				p.Seal()
				return pool.Submit(ctx, q, func(ctx context.Context) (int, error) {
					return pool.Submit(ctx, p, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
				}).Await(ctx)
			}
			down = func(ctx context.Context, left int) (int, error) {
				if left == 0 {
					return pool.Submit(ctx, p, through).Await(ctx)
				}
				return pool.Submit(ctx, q, func(ctx context.Context) (int, error) { return down(ctx, left-1) }).Await(ctx)
			}
			if v, err := down(bg, depth); v != 1 || err != nil {
				t.Errorf("below %d tasks: %v, %v, want 1", depth, v, err)
			}
			p.Close()
			q.Close()
		})
		if t.Failed() {
			break
		}
	}
}
