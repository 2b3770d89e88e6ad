package pool_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A failure, a panic and a Goexit break the pool: what is pending and what comes
// later never ran, and says why; Close returns.
func TestInitBreaksPool(t *testing.T) {
	for name, c := range map[string]struct {
		fail func() error
		is   func(error) bool
	}{
		"error": {func() error { return errBoom }, func(err error) bool { return errors.Is(err, errBoom) }},
		"panic": {func() error { panic(errBoom) }, func(err error) bool {
			var pe *future.PanicError
			return errors.As(err, &pe) && pe.Value == errBoom && errors.Is(err, errBoom)
		}},
		"Goexit": {func() error { runtime.Goexit(); return nil }, func(err error) bool { return errors.Is(err, future.ErrGoexit) }},
	} {
		for _, workers := range []int{1, 3} {
			bubble.Run(t, func(t *testing.T) {
				proceed := make(chan struct{})
				p := pool.New(millrace.WithWorkers(workers), millrace.WithInit(func(ctx context.Context) (context.Context, error) {
					<-proceed
					return ctx, c.fail()
				}))
				fs := submitAll(bg, p, 5, func(context.Context) (int, error) { t.Error("ran"); return 0, nil })
				fs = append(fs, pool.Then(bg, p, future.NewPromise[int]().Future(), identity))
				close(proceed)
				synctest.Wait()
				fs = append(fs, pool.Submit(bg, p, nop))
				for _, f := range fs {
					wantNeverRan(t, name, f, pool.ErrBroken)
					if r, _ := f.Poll(); !c.is(r.Err) {
						t.Errorf("%s: Poll() = %v, want the cause in it", name, r.Err)
					}
				}
				if err := p.Err(); !errors.Is(err, pool.ErrBroken) || !c.is(err) {
					t.Errorf("%s: Err() = %v, want ErrBroken with the cause", name, err)
				}
				wantIs(t, name+": Close()", p.Close(), pool.ErrBroken)
				if s := stats(t, p); s.Goroutines != 0 || s.Cancelled != 6 || s.Refused != 1 {
					t.Errorf("%s: Stats() = %+v, want 6 cancelled, 1 refused, no goroutine", name, s)
				}
			})
		}
	}
}

// A worker that breaks the pool later does not stop what runs.
func TestInitBreaksLater(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var n atomic.Int32
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			if n.Add(1) == 2 {
				return nil, errBoom
			}
			return ctx, nil
		}))
		gate := make(chan struct{})
		running := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 7, nil })
		synctest.Wait()
		second := pool.Submit(bg, p, nop)
		synctest.Wait()
		wantNeverRan(t, "the second worker's task", second, pool.ErrBroken, errBoom)
		close(gate)
		wantValue(t, "the first worker's task", running, 7)
		p.Close()
	})
}

// A spare that cannot be prepared breaks the pool, and the waiter is told.
func TestInitBreaksForSpare(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var n atomic.Int32
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			if n.Add(1) == 2 {
				return nil, errBoom
			}
			return ctx, nil
		}))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			v, err := pool.Submit(ctx, p, nop).Await(ctx)
			if err != nil {
				wantIs(t, "Await() in the task", err, pool.ErrBroken, errBoom)
			}
			return v, nil
		})
		f.Await(bg)
		p.Close()
		if s := f.State(); s != future.Succeeded {
			t.Errorf("the parent is %v, want succeeded", s)
		}
	})
}

// An init that returns no context and no error settles the tasks all the same.
func TestInitOfNoContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(context.Context) (context.Context, error) { return nil, nil }))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) { ctx.Value(key{}); return 1, ctx.Err() })
		f.Await(bg)
		if s := f.State(); s != future.Succeeded && !errors.Is(p.Err(), pool.ErrBroken) {
			t.Errorf("State() = %v, Err() = %v, want it to succeed or the pool to be broken", s, p.Err())
		}
		p.Close()
	})
}

// Stop of a broken pool ends what still runs.
func TestStopOfABrokenPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		prepared := 0
		p := pool.New(millrace.WithWorkers(2), millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			if prepared++; prepared > 1 {
				return nil, errBoom
			}
			return ctx, nil
		}))
		f := pool.Go(bg, p, func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		synctest.Wait()
		pool.Submit(bg, p, nop).Await(bg)
		cause := errors.New("cause")
		p.Stop(cause)
		_, err := f.Await(bg)
		wantIs(t, "Await() of what ran", err, pool.ErrStopped, cause)
		if err := p.Err(); !errors.Is(err, pool.ErrBroken) || !errors.Is(err, errBoom) {
			t.Errorf("Err() = %v, want ErrBroken and boom", err)
		}
		p.Close()
	})
}
