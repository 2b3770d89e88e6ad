package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// joinFib is fork-join recursion without a cut-off.
func joinFib(p *pool.Pool, n int) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		if n < 2 {
			return n, nil
		}
		a, b, err := pool.Join(ctx, p, joinFib(p, n-1), joinFib(p, n-2))
		return a + b, err
	}
}

// Recursion of any shape gives the right result on any number of workers, within the bound.
func TestJoinRecursion(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		p := pool.New(millrace.WithWorkers(workers))
		wantValue(t, "fib(20)", pool.Submit(bg, p, joinFib(p, 20)), 6765)
		if v, err := joinFib(p, 15)(bg); v != 610 || err != nil {
			t.Errorf("Join from outside = %v, %v, want 610", v, err)
		}
		if s := stats(t, p); s.Running+s.Waiting+s.Queued != 0 || s.Failed+s.Cancelled != 0 {
			t.Errorf("Stats() = %+v, want nothing left", s)
		}
		p.Close()
	}
}

// A branch for which there is a slot, but no worker yet, is run by the caller: on one
// processor a worker that was woken cannot come before the caller is through with the
// other branch.
func TestJoinDoesNotWaitForWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := pool.New(millrace.WithWorkers(4))
	defer p.Close()
	const tries = 100_000 // for one at least: the caller may be preempted
	here := 0
	pool.Go(bg, p, func(ctx context.Context) error {
		for i := 0; i < 100 || here == 0 && i < tries; i++ {
			caller := goroutine()
			_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) {
				if goroutine() == caller {
					here++
				}
				return 0, nil
			}, nop)
			if err != nil {
				return err
			}
			if s := p.Stats(); s.Running != 1 || s.Queued+s.Waiting != 0 {
				t.Errorf("Stats() after Join = %+v, want the caller alone", s)
			}
		}
		return nil
	}).Await(bg)
	if here == 0 {
		t.Errorf("no branch of %d ran in the caller", tries)
	}
	stats(t, p)
}

// inAndOut runs fn in a task of a pool with n workers, and from outside.
func inAndOut(t *testing.T, n int, fn func(t *testing.T, ctx context.Context, p *pool.Pool)) {
	t.Helper()
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(n))
		fn(t, bg, p)
		pool.Go(bg, p, func(ctx context.Context) error { fn(t, ctx, p); return nil }).Await(bg)
		stats(t, p)
		p.Close()
	})
}

// The earliest error ends the other's context and is the result; Join waits for both.
func TestJoinError(t *testing.T) {
	for _, workers := range []int{1, 3} {
		inAndOut(t, workers, func(t *testing.T, ctx context.Context, p *pool.Pool) {
			ended := false
			_, v, err := pool.Join(ctx, p, boom, func(context.Context) (int, error) { return 7, nil })
			if err != errBoom || v != 7 {
				t.Errorf("Join() = %v, %v, want 7 and boom", v, err)
			}
			if workers == 1 {
				return
			}
			_, _, err = pool.Join(ctx, p, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				ended = true
				return 0, context.Cause(ctx)
			}, func(context.Context) (int, error) { time.Sleep(time.Second); return 0, errBoom })
			if err != errBoom || !ended {
				t.Errorf("Join() = %v, and the other has ended: %v; want boom, true", err, ended)
			}
		})
	}
}

// The earliest error is the result of Join whichever of the two functions fails, and
// wherever they run. The error that it makes the other function return comes second.
func TestJoinErrorOfEither(t *testing.T) {
	for name, opt := range map[string]millrace.PoolOption{"plain": nil, "rich": millrace.WithQueue(5)} {
		for how, end := range map[string]func() (int, error){
			"error":  func() (int, error) { return 0, errBoom },
			"panic":  func() (int, error) { panic(errBoom) },
			"Goexit": func() (int, error) { runtime.Goexit(); return 0, nil },
		} {
			fails := func(context.Context) (int, error) { time.Sleep(time.Second); return end() }
			var ended int
			waits := func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				ended++
				return 0, ctx.Err()
			}
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two, opt)
				for _, fns := range [][2]func(context.Context) (int, error){{fails, waits}, {waits, fails}} {
					_, err := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
						_, _, err := pool.Join(ctx, p, fns[0], fns[1])
						return 0, err
					}).Await(bg)
					wantIs(t, name+", "+how, err, map[string]error{"error": errBoom, "panic": errBoom, "Goexit": future.ErrGoexit}[how])
				}
				if ended != 2 {
					t.Errorf("%s, %s: Join has waited for the other one %d times, want 2", name, how, ended)
				}
				p.Close()
			})
		}
	}
}

// A full queue keeps neither a task nor other code from a Join, whatever the pool does
// with what does not fit.
func TestJoinTakesNoPlaces(t *testing.T) {
	for _, o := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest} {
		for queue := range 2 {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one, millrace.WithQueue(queue), millrace.WithOverflow(o))
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					if queue > 0 {
						pool.Submit(bg, p, nop)
					}
					return joinFib(p, 5)(ctx)
				})
				wantValue(t, fmt.Sprint(o, " in a task"), f, 5)
				if v, err := joinFib(p, 5)(bg); v != 5 || err != nil {
					t.Errorf("%v, from outside: %v, %v, want 5", o, v, err)
				}
				if s := stats(t, p); s.Refused+s.Cancelled > 0 || s.Queued > 0 {
					t.Errorf("%v: Stats() = %+v, want nothing lost or left", o, s)
				}
				p.Close()
			})
		}
	}
}

// The error of either is the caller's and not the group's, wherever the function runs.
func TestJoinInGroup(t *testing.T) {
	for _, workers := range []int{1, 2} {
		for i, fns := range [][2]func(context.Context) (int, error){{boom, nop}, {nop, boom}, {boom, boom}} {
			for name, in := range map[string]func(p *pool.Pool, g *pool.Group, join func(context.Context) error){
				"no task":    func(_ *pool.Pool, _ *pool.Group, join func(context.Context) error) { join(bg) },
				"a task":     func(p *pool.Pool, _ *pool.Group, join func(context.Context) error) { pool.Go(bg, p, join).Await(bg) },
				"its member": func(_ *pool.Pool, g *pool.Group, join func(context.Context) error) { pool.Go(bg, g, join).Await(bg) },
			} {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(millrace.WithWorkers(workers))
					g := pool.NewGroup(bg, p)
					var err error
					in(p, g, func(ctx context.Context) error {
						_, _, err = pool.Join(ctx, g, fns[0], fns[1])
						return nil
					})
					if err != errBoom {
						t.Errorf("case %d in %s: Join() = %v, want boom itself", i, name, err)
					}
					wantValue(t, "a member after it", pool.Submit(bg, g, nop), 1)
					if err := g.Wait(); err != nil {
						t.Errorf("case %d in %s: Wait() = %v, want nil", i, name, err)
					}
					p.Close()
				})
			}
		}
	}
}

// A panic of either goes on in the caller once the other has ended.
func TestJoinPanics(t *testing.T) {
	panics := func(context.Context) (int, error) { panic("oops") }
	for _, workers := range []int{1, 3} {
		for i, fns := range [][2]func(context.Context) (int, error){{panics, nop}, {nop, panics}, {panics, panics}} {
			inAndOut(t, workers, func(t *testing.T, ctx context.Context, p *pool.Pool) {
				defer func() {
					if r := recover(); r != "oops" {
						t.Errorf("case %d: recover() = %v, want oops", i, r)
					}
				}()
				pool.Join(ctx, p, fns[0], fns[1])
				t.Errorf("case %d: Join returns, want the panic or Goexit to go on", i)
			})
		}
	}
}

// A Goexit of either goes on in the caller, as the outcome of its task.
func TestJoinGoexit(t *testing.T) {
	exits := func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }
	for _, workers := range []int{1, 3} {
		for i, fns := range [][2]func(context.Context) (int, error){{exits, nop}, {nop, exits}} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(workers))
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					pool.Join(ctx, p, fns[0], fns[1])
					return 0, nil
				})
				if _, err := f.Await(bg); err != future.ErrGoexit {
					t.Errorf("case %d: %v, want ErrGoexit", i, err)
				}
				wantValue(t, fmt.Sprint("a task after case ", i), pool.Submit(bg, p, nop), 1)
				stats(t, p)
				p.Close()
			})
		}
	}
}

// A function that returns ErrGoexit, of a child for one, has returned: that is its error.
func TestJoinReturnsErrGoexit(t *testing.T) {
	p := pool.New()
	join := func(ctx context.Context) error {
		_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) { return 0, future.ErrGoexit }, nop)
		return err
	}
	returned := make(chan error, 2)
	pool.Go(bg, p, func(ctx context.Context) error { returned <- join(ctx); return nil }).Await(bg)
	go func() {
		defer close(returned)
		returned <- join(bg)
	}()
	n := 0
	for err := range returned {
		if n++; err != future.ErrGoexit {
			t.Errorf("Join() = %v, want what the function returned", err)
		}
	}
	if n != 2 {
		t.Errorf("%d of 2 calls of Join return", n)
	}
	p.Close()
}

// With an ended context, or on a closed pool, neither function is called.
func TestJoinNeverRan(t *testing.T) {
	called := func(context.Context) (int, error) { t.Error("called"); return 0, nil }
	p := pool.New(one)
	if _, _, err := pool.Join(ended(errBoom), p, called, called); !errors.Is(err, errBoom) {
		t.Errorf("Join() = %v, want boom", err)
	}
	pool.Go(bg, p, func(ctx context.Context) error {
		inner, cancel := context.WithCancelCause(ctx)
		cancel(errBoom)
		if _, _, err := pool.Join(inner, p, called, called); !errors.Is(err, errBoom) {
			t.Errorf("Join() in a task = %v, want boom", err)
		}
		return nil
	}).Await(bg)
	p.Close()
	if _, _, err := pool.Join(bg, p, called, called); !errors.Is(err, pool.ErrClosed) {
		t.Errorf("Join() = %v, want ErrClosed", err)
	}
}

// A function that the end of the context finds pending never runs; the one that runs is
// waited for.
func TestJoinContextEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx, cancel := context.WithCancelCause(bg)
		ran := false
		f := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
			_, b, err := pool.Join(ctx, p, func(context.Context) (int, error) { ran = true; return 1, nil }, func(context.Context) (int, error) {
				cancel(errBoom)
				time.Sleep(time.Second)
				return 2, nil
			})
			wantIs(t, "Join()", err, errBoom)
			return b, nil
		})
		wantValue(t, "the function that ran", f, 2)
		if ran {
			t.Error("a function that was pending at the end of the context has run")
		}
		synctest.Wait()
		p.Close()
	})
}

// A branch that the caller takes back gives back what it got when it started: its weight,
// and the prepared worker that was to run it.
func TestJoinGivesBack(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, opt := range map[string]millrace.PoolOption{
		"weight": millrace.WithMaxWeight(4),
		"Init":   millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }),
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4), opt)
			f := pool.Go(bg, p, func(ctx context.Context) error {
				for range 100 {
					if _, _, err := pool.Join(ctx, p, nop, nop); err != nil {
						return err
					}
					runtime.Gosched() // a worker that is on its way comes, and finds nothing
				}
				return nil
			})
			if _, err := f.Await(bg); err != nil {
				t.Errorf("%s: Await() = %v, want nil", name, err)
			}
			release := blocker(p, 4) // or the bubble is deadlocked
			release()
			p.Close()
		})
	}
}

// goroutine returns what tells the calling goroutine from others.
func goroutine() string {
	first, _, _ := strings.Cut(string(debug.Stack()), "[")
	return first
}

// A task of another pool is no task of this one: its Join waits for a worker, and runs nothing.
func TestJoinInTaskOfAnotherPool(t *testing.T) {
	for name, opt := range map[string]millrace.PoolOption{"plain": nil, "rich": millrace.WithMaxWeight(4)} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(opt)
			other := pool.New(two)
			var g gauge
			branch := func(context.Context) (int, error) {
				g.add(1)
				defer g.add(-1)
				time.Sleep(time.Second)
				return 1, nil
			}
			f := pool.Submit(bg, other, func(ctx context.Context) (int, error) {
				a, b, err := pool.Join(ctx, p, branch, branch)
				return a + b, err
			})
			synctest.Wait()
			if s := stats(t, p); g.now.Load() != 0 || s.Running != 1 || s.Queued == 0 {
				t.Errorf("%s: %d functions run beside the only slot; Stats() = %+v", name, g.now.Load(), s)
			}
			release()
			wantValue(t, name, f, 2)
			g.want(t, name+": functions", 1)
			p.Close()
			other.Close()
		})
	}
}
