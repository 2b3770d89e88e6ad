package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

type conn struct{}

// counted returns an init that numbers the workers, and its count.
func counted() (millrace.PoolOption, *atomic.Int32) {
	var n atomic.Int32
	return millrace.WithInit(func(ctx context.Context) (context.Context, error) {
		return context.WithValue(ctx, conn{}, n.Add(1)), nil
	}), &n
}

// Once for each worker, before its first task, and not before there is one.
func TestInit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		init, n := counted()
		p := pool.New(millrace.WithWorkers(3), init)
		synctest.Wait()
		if n.Load() != 0 {
			t.Errorf("%d calls for a new pool, want none", n.Load())
		}
		for range 50 {
			blocker(p, 2)()
			synctest.Wait()
		}
		if s := stats(t, p); n.Load() != 2 || s.Goroutines != 2 {
			t.Errorf("%d calls for %d goroutines, want 2", n.Load(), s.Goroutines)
		}
		p.Close()
	})
}

// Its values reach the tasks, beneath those of the submit context; its end does
// not end them.
func TestInitValues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			ctx = context.WithValue(context.WithValue(ctx, conn{}, "conn"), key{}, "init's")
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, nil
		}))
		look := func(want string) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				if ctx.Value(conn{}) != "conn" || ctx.Value(key{}) != want || ctx.Err() != nil {
					t.Errorf("a task's values: %v, %v, Err() = %v, want conn, %s, nil", ctx.Value(conn{}), ctx.Value(key{}), ctx.Err(), want)
				}
				derived, cancel := context.WithCancel(ctx)
				defer cancel()
				if derived.Value(conn{}) != "conn" {
					t.Errorf("a derived context's value = %v, want conn", derived.Value(conn{}))
				}
				return 1, nil
			}
		}
		pool.Submit(bg, p, look("init's")).Await(bg)
		pool.Submit(context.WithValue(bg, key{}, "submit's"), p, look("submit's")).Await(bg)
		pool.MapSlice(bg, p, []int{1, 2}, func(ctx context.Context, _ int) (int, error) { return look("init's")(ctx) })
		p.Close()
	})
}

// Spare workers, which lending needs, are prepared too, and each task has the
// values of the worker that runs it.
func TestInitOfSpares(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		init, n := counted()
		p := pool.New(one, init)
		var rec func(depth int) func(context.Context) (int, error)
		rec = func(depth int) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				if ctx.Value(conn{}) == nil {
					t.Errorf("depth %d: no value of an init", depth)
				}
				if depth == 0 {
					return 1, nil
				}
				return pool.Submit(ctx, p, rec(depth-1)).Await(ctx)
			}
		}
		wantValue(t, "the recursion", pool.Submit(bg, p, rec(5)), 1)
		if n.Load() == 0 || n.Load() > 6 {
			t.Errorf("%d calls for 6 tasks, want 1 to 6", n.Load())
		}
		p.Close()
	})
}

// While it runs the task has not started: it can be cancelled.
func TestCancelDuringInit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		proceed := make(chan struct{})
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) { <-proceed; return ctx, nil }))
		first, second := pool.Submit(bg, p, nop), pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := first.State(); s != future.Pending {
			t.Errorf("State() while the worker is prepared = %v, want pending", s)
		}
		if !first.Cancel() {
			t.Error("Cancel() while the worker is prepared = false, want true")
		}
		stats(t, p)
		close(proceed)
		wantValue(t, "the second", second, 1)
		p.Close()
	})
}

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

// The context that the init is given ends when the pool is stopped, so that a
// slow one can give up.
func TestInitContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			<-ctx.Done()
			return ctx, context.Cause(ctx)
		}))
		f := pool.Submit(bg, p, nop)
		time.Sleep(time.Second)
		p.Stop(errBoom)
		wantNeverRan(t, "the task", f, errBoom)
		p.Close()
		wantIs(t, "Err()", p.Err(), errBoom)
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

// Of two tasks that run at once each has the values of its own worker, also if one has
// submitted the other with its context.
func TestChildHasItsOwnWorkersValues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		prepared := 0
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			prepared++
			return context.WithValue(ctx, key{}, prepared), nil
		}))
		value := func(ctx context.Context) (int, error) { return ctx.Value(key{}).(int), nil }
		children := map[string]func(ctx context.Context) (int, error){
			"a child": func(ctx context.Context) (int, error) {
				f := pool.Submit(ctx, p, value)
				<-f.Done()
				return f.Await(ctx)
			},
			"an item": func(ctx context.Context) (int, error) {
				all, err := pool.MapSlice(ctx, p, []int{0}, func(ctx context.Context, _ int) (int, error) { return value(ctx) })
				return append(all, 0)[0], err
			},
		}
		for name, child := range children {
			_, err := pool.Go(bg, p, func(ctx context.Context) error {
				own, _ := value(ctx)
				if v, err := child(ctx); v == own || err != nil {
					t.Errorf("%s beside its parent: value %d, %v, want another than the parent's, %d", name, v, err, own)
				}
				return nil
			}).Await(bg)
			if err != nil {
				t.Errorf("the parent of %s = %v, want nil", name, err)
			}
		}
		p.Close()
	})
}

// No more workers are prepared than there are slots.
func TestInitOfEachWorkerOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var inits atomic.Int32
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			inits.Add(1)
			time.Sleep(time.Second)
			return ctx, nil
		}))
		for _, f := range submitMany(bg, p, 20) {
			f.Await(bg)
		}
		if n := inits.Load(); n != 2 {
			t.Errorf("Init was called %d times for 2 slots, want 2", n)
		}
		p.Close()
	})
}

// The context of Init ends when the pool has closed, and not before its last task has.
func TestInitContextEndsWithClose(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		var of context.Context
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			of = ctx
			return ctx, nil
		}))
		f := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 1, of.Err() })
		synctest.Wait()
		p.Close()
		wantValue(t, "a task of a pool that closes", f, 1)
		wantIs(t, "the cause of Init's context", context.Cause(of), pool.ErrClosed)
	})
}

// Workers for all tasks that may start are prepared at once, and not one after the other.
func TestWorkersArePreparedAtOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		gate := make(chan struct{})
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) { <-gate; return ctx, nil }))
		p.Pause()
		fs := submitMany(bg, p, 3)
		p.Resume()
		synctest.Wait()
		if s := p.Stats(); s.Goroutines != 2 || s.Queued != 3 {
			t.Errorf("Stats() = %+v, want 2 goroutines that are being prepared and 3 queued tasks", s)
		}
		close(gate)
		for i, f := range fs {
			wantValue(t, fmt.Sprint("task ", i), f, 1)
		}
		p.Close()
	})
}

// While the only worker calls a function of OnDone, another one is prepared for what is pending.
func TestFunctionDoesNotKeepAPreparedWorker(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }))
		begin, gate := make(chan struct{}), make(chan struct{})
		f := pool.Submit(bg, p, func(context.Context) (int, error) { <-begin; return 1, nil })
		f.OnDone(func(*intFuture) { <-gate })
		next := pool.Submit(bg, p, nop)
		close(begin)
		synctest.Wait()
		if s := next.State(); s != future.Succeeded {
			t.Errorf("State() of the next task = %v, want succeeded; %+v", s, p.Stats())
		}
		close(gate)
		p.Close()
	})
}

// A task that outlives one of another pool has the values that the worker of that had.
func TestInitValuesInAnotherPool(t *testing.T) {
	type name struct{}
	with := func(v string) millrace.PoolOption {
		return millrace.WithInit(func(ctx context.Context) (context.Context, error) { return context.WithValue(ctx, name{}, v), nil })
	}
	first, second := pool.New(one, with("first")), pool.New(one, millrace.WithName("second"))
	f := pool.Submit(bg, first, func(ctx context.Context) (int, error) {
		child := pool.Submit(context.WithoutCancel(ctx), second, func(ctx context.Context) (int, error) {
			if v := ctx.Value(name{}); v != "first" {
				t.Errorf("Value() in the other pool = %v, want first", v)
			}
			return 1, nil
		})
		return child.Await(ctx)
	})
	wantValue(t, "the task", f, 1)
	first.Close()
	second.Close()
}
