package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// hourly tries a task again an hour after each failure.
var hourly = millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Hour, true })

// A task that is aborted between two attempts passes the turn of its key on at once.
func TestAbortedRestPassesTheTurnOn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		rests := pool.Submit(bg, p, boom, hourly, millrace.WithKey(1))
		next := pool.Submit(bg, p, nop, millrace.WithKey(1))
		synctest.Wait()
		if !rests.Abort(nil) {
			t.Error("Abort() of a task between two attempts = false")
		}
		synctest.Wait()
		if s := next.State(); s != future.Succeeded {
			t.Errorf("the next task of the key is %v, want succeeded", s)
		}
		p.Close()
	})
}

// A task that waits for one between two attempts goes on when that is aborted.
func TestAbortedRestLetsItsWaiterGoOn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var rests *intFuture
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			rests = pool.Submit(ctx, p, boom, hourly)
			_, err := rests.Await(ctx)
			return 1, err
		})
		synctest.Wait()
		rests.Abort(nil)
		synctest.Wait()
		if _, err := parent.Await(ended(errBoom)); !errors.Is(err, errBoom) || errors.Is(err, future.ErrNotDone) {
			t.Errorf("Await() of the parent = %v, want what the aborted task ended with", err)
		}
		p.Close()
	})
}

// A task begins to rest, and so ends a child that it has left behind. The worker that calls the
// child's functions of OnDone is not counted on meanwhile.
func TestRestDoesNotWaitForOnDone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		goOn := make(chan struct{})
		rests := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			pool.Submit(ctx, p, nop).OnDone(func(*intFuture) { <-goOn })
			return 0, errBoom
		}, hourly)
		next := pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := next.State(); s != future.Succeeded {
			t.Errorf("while a function of OnDone blocks the next task is %v, want succeeded", s)
		}
		close(goOn)
		rests.Abort(nil)
		p.Close()
	})
}

// Panicked counts the panics that are outcomes: not those of attempts that were followed by
// another one, but those of schedules.
func TestPanickedCountsOutcomes(t *testing.T) {
	once := millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 0, n < 2 })
	broken := func(f func()) millrace.TaskOption {
		return millrace.WithRetry(func(int, error) (time.Duration, bool) { f(); return 0, false })
	}
	first := func(f func()) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			if pool.Attempt(ctx) == 1 {
				f()
			}
			return 0, errBoom
		}
	}
	blow := func() { panic("boom") }
	for name, c := range map[string]struct {
		fn       func(context.Context) (int, error)
		opt      millrace.TaskOption
		panicked uint64
	}{
		"an attempt, then an error":    {first(blow), once, 0},
		"the only attempt":             {first(blow), nil, 1},
		"the schedule":                 {boom, broken(blow), 1},
		"an attempt, then Goexit next": {first(blow), broken(runtime.Goexit), 0},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			pool.Submit(bg, p, c.fn, c.opt)
			p.Close()
			if s := stats(t, p); s.Failed != 1 || s.Panicked != c.panicked {
				t.Errorf("%s: Stats() = %+v, want 1 failed, %d panicked", name, s, c.panicked)
			}
		})
	}
}

// When the pool breaks, a task between two attempts has had its last one: no worker
// could run the next.
func TestBrokenPoolEndsRetries(t *testing.T) {
	for name, delay := range map[string]time.Duration{"delay": time.Hour, "waits for a slot": time.Second} {
		bubble.Run(t, func(t *testing.T) {
			inits := 0
			p := pool.New(one, millrace.WithIdleTimeout(0), millrace.WithInit(func(ctx context.Context) (context.Context, error) {
				if inits++; inits == 2 {
					time.Sleep(time.Minute)
					return nil, errBoom
				}
				return ctx, nil
			}))
			f := pool.Submit(bg, p, boom, millrace.WithRetry(func(int, error) (time.Duration, bool) { return delay, true }))
			synctest.Wait()
			never := pool.Submit(bg, p, nop)
			p.Close()
			if _, err := f.Await(bg); err != errBoom {
				t.Errorf("%s: the task that rested = %v, want the error of its last attempt", name, err)
			}
			wantNeverRan(t, name, never, pool.ErrBroken)
		})
	}
}

// An abort that ends all further attempts has had an effect, also if no context is left that
// it could end.
func TestAbortBetweenEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var f *intFuture
		asked := 0
		abort := func(what string) {
			if first, second := f.Abort(nil), f.Abort(nil); !first || second {
				t.Errorf("Abort() %s = %v, then %v, want true, then false", what, first, second)
			}
		}
		retry := millrace.WithRetry(func(int, error) (time.Duration, bool) {
			asked++
			abort("while the schedule is asked")
			return 0, true
		})
		gate := make(chan struct{})
		task := func(ctx context.Context) (int, error) {
			<-gate
			return untilEnd(ctx)
		}
		f = pool.Submit(bg, p, task, retry, millrace.WithTimeout(time.Second))
		gate <- struct{}{}
		_, err := f.Await(bg)
		wantIs(t, "the only attempt", err, context.DeadlineExceeded)

		f = pool.Submit(bg, p, task, retry, millrace.WithTimeout(time.Second))
		time.Sleep(time.Minute)
		abort("after the timeout of an attempt")
		close(gate)
		f.Await(bg)
		if asked != 1 {
			t.Errorf("the schedule is asked %d times, want once", asked)
		}
		p.Close()
	})
}
