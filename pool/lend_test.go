package pool_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Waiting inside a task cannot deadlock the pool. If it does, the test ends with a
// deadlocked bubble.

// lending are all ways to wait inside a task for n children of the same pool.
var lending = map[string]func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error{
	"Await": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		for _, f := range slices.Backward(submitAll(ctx, p, n, child)) {
			if _, err := f.Await(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	"AsCompleted": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		got := 0
		for f := range future.AsCompleted(ctx, submitAll(ctx, p, n, child)...) {
			if _, err := f.Await(ctx); err != nil {
				return err
			}
			got++
		}
		return wantCount(got, n)
	},
	"Wait": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		done, _, err := future.Wait(ctx, future.AllCompleted, submitAll(ctx, p, n, child)...)
		return errors.Join(err, wantCount(len(done), n))
	},
	"Wait(FirstFailed)": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		done, _, err := future.Wait(ctx, future.FirstFailed, submitAll(ctx, p, n, child)...)
		return errors.Join(err, wantCount(len(done), n))
	},
	"All": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		values, err := future.All(ctx, submitAll(ctx, p, n, child)...)
		return errors.Join(err, wantCount(len(values), n))
	},
	"AllSettled": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		results, err := future.AllSettled(ctx, submitAll(ctx, p, n, child)...)
		return errors.Join(err, wantCount(len(results), n))
	},
	"Any": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		fs := append([]*intFuture{pool.Submit(ctx, p, boom)}, submitAll(ctx, p, n, child)...)
		_, err := future.Any(ctx, fs...)
		return err
	},
	"Race": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		_, err := future.Race(ctx, submitAll(ctx, p, n, child)...)
		return err
	},
	"Group.Wait": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		g := pool.NewGroup(ctx, p)
		submitAll(ctx, g, n, child)
		return g.Wait()
	},
	"Group.Wait(limit)": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		g := pool.NewGroup(ctx, p, millrace.WithLimit(1))
		submitAll(ctx, g, n, child)
		return g.Wait()
	},
	"Scope": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			submitAll(ctx, g, n, child)
			return nil
		})
	},
	"Map": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		got := 0
		for _, err := range pool.Map(ctx, p, count(n), func(ctx context.Context, _ int) (int, error) { return child(ctx) }) {
			if err != nil {
				return err
			}
			got++
		}
		return wantCount(got, n)
	},
	"MapSlice": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		out, err := pool.MapSlice(ctx, p, make([]int, n), func(ctx context.Context, _ int) (int, error) { return child(ctx) })
		return errors.Join(err, wantCount(len(out), n))
	},
	"ForEach": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		return pool.ForEach(ctx, p, count(n), func(ctx context.Context, _ int) error { _, err := child(ctx); return err })
	},
	"Then": func(ctx context.Context, p *pool.Pool, n int, child func(context.Context) (int, error)) error {
		f := pool.Submit(ctx, p, child)
		for range n {
			f = pool.Then(ctx, p, f, func(ctx context.Context, _ int) (int, error) { return child(ctx) })
		}
		_, err := f.Await(ctx)
		return err
	},
}

func submitAll(ctx context.Context, ex pool.Executor, n int, child func(context.Context) (int, error)) []*intFuture {
	fs := make([]*intFuture, n)
	for i := range fs {
		fs[i] = pool.Submit(ctx, ex, child)
	}
	return fs
}

// count is an input of n items.
func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func wantCount(got, want int) error {
	if got != want {
		return errors.New("not all came back")
	}
	return nil
}

// nested runs a task in p that waits by the way for children that do the same,
// depth times. Each task is in the gauge while it does not wait.
func nested(p *pool.Pool, way string, depth int, running *gauge) error {
	var task func(depth int) func(context.Context) (int, error)
	task = func(depth int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			running.add(1)
			defer running.add(-1)
			if depth == 0 {
				return 1, nil
			}
			running.add(-1)
			defer running.add(1)
			return 1, lending[way](ctx, p, 3, task(depth-1))
		}
	}
	_, err := pool.Submit(bg, p, task(depth)).Await(bg)
	return err
}

// Every way to wait, nested, with one worker and with some. Never more than
// workers run.
func TestWaitInTask(t *testing.T) {
	for way := range lending {
		for _, workers := range []int{1, 2, 5} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(workers))
				var running gauge
				if err := nested(p, way, 3, &running); err != nil {
					t.Errorf("%s, %d workers: %v, want nil", way, workers, err)
				}
				p.Close()
				running.want(t, way+": running tasks", int64(workers))
				if s := stats(t, p); s.Running+s.Waiting+s.Queued+s.Deferred+s.Goroutines != 0 || s.Workers != workers {
					t.Errorf("%s, %d workers: Stats() = %+v, want nothing left", way, workers, s)
				}
			})
		}
	}
}

// A task that waits for members which all run holds its slot. It lends that to a member that comes
// later, also if no member waits for it.
func TestGroupWaitLendsToALaterMember(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			g := pool.NewGroup(ctx, p)
			pool.Go(ctx, g, func(ctx context.Context) error {
				time.Sleep(time.Second) // the other one is in Wait
				ran := make(chan struct{})
				pool.Go(ctx, g, func(context.Context) error { close(ran); return nil })
				<-ran
				return nil
			})
			return 1, g.Wait()
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}

// A task that waits for one behind a task which waits for another pool lends its slot, as for any that
// is pending.
func TestLendBehindAnotherPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, other := pool.New(two), pool.New(one)
		gate, k := make(chan struct{}), millrace.WithKey("k")
		far := pool.Submit(bg, other, waitsFor(gate))
		first := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return far.Await(ctx) }, k)
		synctest.Wait()
		behind := pool.Submit(bg, p, nop, k)
		waits := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return behind.Await(ctx) })
		synctest.Wait()
		wantValue(t, "a task in the slot that was lent", pool.Submit(bg, p, nop), 1)
		close(gate)
		wantValue(t, "the task that waits", waits, 1)
		if _, err := first.Await(bg); err != nil {
			t.Errorf("the task that waits for another pool = %v, want nil", err)
		}
		p.Close()
		other.Close()
	})
}

// With a derived context, and with one that does not end with the task's.
func TestWaitWithDerivedContext(t *testing.T) {
	for way, wait := range lending {
		for name, derive := range map[string]func(context.Context) context.Context{
			"WithValue":     func(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, 1) },
			"WithoutCancel": context.WithoutCancel,
			"WithCancel": func(ctx context.Context) context.Context {
				ctx, cancel := context.WithCancel(ctx)
				_ = cancel
				return ctx
			},
		} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				_, err := pool.Go(bg, p, func(ctx context.Context) error { return wait(derive(ctx), p, 2, nop) }).Await(bg)
				if err != nil {
					t.Errorf("%s, %s: %v, want nil", way, name, err)
				}
				p.Close()
			})
		}
	}
}

// One worker, recursion without end, almost.
func TestRecursion(t *testing.T) {
	for _, workers := range []int{1, 2} {
		p := pool.New(millrace.WithWorkers(workers))
		var rec func(n int) func(context.Context) (int, error)
		rec = func(n int) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				if n == 0 {
					return 0, nil
				}
				v, err := pool.Submit(ctx, p, rec(n-1)).Await(ctx)
				return v + 1, err
			}
		}
		wantValue(t, "the recursion", pool.Submit(bg, p, rec(deepest)), deepest)
		p.Close()
		if s := stats(t, p); s.Succeeded != deepest+1 {
			t.Errorf("Stats() = %+v, want %d succeeded", s, deepest+1)
		}
	}
}

// Fork and join, in a real race: never more than workers at once.
func TestForkJoin(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		p := pool.New(millrace.WithWorkers(workers))
		var running gauge
		var fib func(n int) func(context.Context) (int, error)
		fib = func(n int) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				running.add(1)
				defer running.add(-1)
				if n < 2 {
					return n, nil
				}
				a, b := pool.Submit(ctx, p, fib(n-1)), pool.Submit(ctx, p, fib(n-2))
				running.add(-1)
				vs, err := future.All(ctx, a, b)
				running.add(1)
				if err != nil {
					return 0, err
				}
				return vs[0] + vs[1], nil
			}
		}
		wantValue(t, "fib(16)", pool.Submit(bg, p, fib(16)), 987)
		running.want(t, "running tasks", int64(workers))
		p.Close()
	}
}

// A task may wait in several goroutines at once.
func TestWaitInGoroutinesOfTask(t *testing.T) {
	for way, wait := range lending {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			f := pool.Go(bg, p, func(ctx context.Context) error {
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						if err := wait(ctx, p, 3, nop); err != nil {
							t.Errorf("%s in a goroutine of the task = %v, want nil", way, err)
						}
					})
				}
				wg.Wait()
				return nil
			})
			f.Await(bg)
			blocker(p, 1)()
			synctest.Wait()
			if s := stats(t, p); s.Running+s.Waiting+s.Queued != 0 {
				t.Errorf("%s: Stats() = %+v, want nothing left", way, s)
			}
			p.Close()
		})
	}
}
