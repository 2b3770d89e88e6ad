package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// What a task's context is; that it behaves as a standard one at every moment is
// for TestContextTwin.

// Values reach the task, the innermost first, whatever the kind of task.
func TestContextValues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		type other struct{}
		p := pool.New(one)
		ctx := context.WithValue(context.WithValue(bg, key{}, "outer"), other{}, "other")
		ctx = context.WithValue(ctx, key{}, "v")
		looks := 0
		look := func(ctx context.Context) (int, error) {
			looks++
			if got := fmt.Sprintln(ctx.Value(key{}), ctx.Value(other{}), ctx.Value(7), ctx.Value("v")); got != "v other <nil> <nil>\n" {
				t.Errorf("values of a task's context: %s, want v other <nil> <nil>", got)
			}
			return 1, nil
		}
		pool.Submit(ctx, p, look).Await(bg)
		pool.Submit(ctx, p, look, millrace.WithTimeout(time.Hour)).Await(bg)
		pool.Submit(ctx, pool.NewGroup(bg, p), look).Await(bg)
		pool.Then(ctx, p, future.Resolved(1), func(ctx context.Context, _ int) (int, error) { return look(ctx) }).Await(bg)
		pool.MapSlice(ctx, p, []int{1, 2}, func(ctx context.Context, _ int) (int, error) { return look(ctx) })
		pool.Submit(ctx, p, func(ctx context.Context) (int, error) { return pool.Submit(ctx, p, look).Await(ctx) }).Await(bg)
		p.Close()
		if looks != 7 {
			t.Errorf("%d tasks and items have looked at their context, want 7", looks)
		}
	})
}

// Tasks do not see each other's values, though one goroutine runs them all.
func TestContextValuesAreApart(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		for i := range 100 {
			ctx := context.WithValue(bg, key{}, i)
			pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				if got := ctx.Value(key{}); got != i {
					t.Errorf("Value() = %v, want %d", got, i)
				}
				return 1, nil
			})
		}
		p.Close()
		wantSucceeded(t, p, 100)
	})
}

// The context ends with the task, its values stay; what is to go on takes
// WithoutCancel. It is the same whether the task has looked at it or not.
func TestContextEndsWithTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx := context.WithValue(bg, key{}, "v")
		for name, look := range map[string]func(context.Context){
			"nothing":   func(context.Context) {},
			"Done":      func(ctx context.Context) { ctx.Done() },
			"Err":       func(ctx context.Context) { ctx.Err() },
			"AfterFunc": func(ctx context.Context) { context.AfterFunc(ctx, func() {}) },
		} {
			var leaked context.Context
			pool.Go(ctx, p, func(ctx context.Context) error {
				look(ctx)
				if ctx.Err() != nil || context.Cause(ctx) != nil {
					t.Errorf("%s: Err() = %v, Cause() = %v in the task, want nil", name, ctx.Err(), context.Cause(ctx))
				}
				leaked = ctx
				return nil
			}).Await(bg)
			<-leaked.Done()
			got := fmt.Sprintln(leaked.Err(), context.Cause(leaked), leaked.Value(key{}))
			if want := fmt.Sprintln(context.Canceled, future.ErrTaskEnded, "v"); got != want {
				t.Errorf("%s: after the task: %s", name, got)
			}
			child, cancel := context.WithCancel(context.WithoutCancel(leaked))
			if child.Err() != nil || child.Value(key{}) != "v" {
				t.Errorf("%s: WithoutCancel after the task: %v, %v, want <nil>, v", name, child.Err(), child.Value(key{}))
			}
			cancel()
			derived, cancel := context.WithCancel(leaked)
			if derived.Err() != context.Canceled {
				t.Errorf("%s: a context derived after the task: %v, want canceled", name, derived.Err())
			}
			cancel()
		}
		p.Close()
	})
}

// A child task ends with its parent, unless it is submitted WithoutCancel.
func TestChildOutlivesParent(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx := context.WithValue(bg, key{}, "v")
		var bound, free *intFuture
		value := func(ctx context.Context) (int, error) {
			time.Sleep(time.Second)
			if ctx.Err() != nil || ctx.Value(key{}) != "v" {
				t.Errorf("in a child that outlives its parent: %v, %v, want <nil>, v", ctx.Err(), ctx.Value(key{}))
			}
			return 7, nil
		}
		pool.Go(ctx, p, func(ctx context.Context) error {
			bound, free = pool.Submit(ctx, p, nop), pool.Submit(context.WithoutCancel(ctx), p, value)
			return nil
		}).Await(bg)
		wantValue(t, "submitted WithoutCancel", free, 7)
		bound.Await(bg)
		wantNeverRan(t, "submitted with the parent's context", bound, context.Canceled)
		p.Close()
	})
}

// context.Cause tells what ended the context.
func TestContextCause(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		poolCtx, endPool := context.WithCancelCause(bg)
		p := pool.New(millrace.WithWorkers(8), millrace.WithContext(poolCtx))
		ctx, cancel := context.WithCancelCause(bg)
		causes := map[string]error{}
		for _, name := range []string{"abort", "ctx", "group", "group's ctx", "pool"} {
			causes[name] = fmt.Errorf("%s", name)
		}
		groupCtx, endGroup := context.WithCancelCause(bg)
		g, h := pool.NewGroup(bg, p), pool.NewGroup(groupCtx, p)
		aborted := pool.Submit(bg, p, untilEnd)
		fs := map[string]*intFuture{
			"abort":       aborted,
			"ctx":         pool.Submit(ctx, p, untilEnd),
			"group":       pool.Submit(bg, g, untilEnd),
			"group's ctx": pool.Submit(bg, h, untilEnd),
			"pool":        pool.Submit(bg, p, untilEnd),
		}
		synctest.Wait()
		aborted.Abort(causes["abort"])
		cancel(causes["ctx"])
		pool.Submit(bg, g, func(context.Context) (int, error) { return 0, causes["group"] })
		endGroup(causes["group's ctx"])
		synctest.Wait()
		if s := stats(t, p); s.Running != 1 {
			t.Errorf("Stats() = %+v, want one left running", s)
		}
		endPool(causes["pool"])
		for name, f := range fs {
			if _, err := f.Await(bg); err != causes[name] {
				t.Errorf("the cause of a context ended by %s = %v", name, err)
			}
		}
		g.Wait()
		h.Wait()
		p.Close()
	})
}

// The first end counts.
func TestContextCauseIsFirst(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Minute)
			return untilEnd(ctx)
		}, millrace.WithTimeout(time.Second))
		synctest.Wait()
		f.Abort(errBoom)
		synctest.Wait()
		f.Abort(context.Canceled)
		p.Stop(nil)
		if _, err := f.Await(bg); err != errBoom {
			t.Errorf("Cause() = %v, want the first", err)
		}
		p.Close()
	})
}

// Deriving from a task's context starts no goroutine.
func TestDerivingStartsNoGoroutine(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		pool.Go(bg, p, func(ctx context.Context) error {
			for range 10 {
				child, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1))
				defer cancel()
				child.Done()
			}
			if n := bubble.Left(); n != 1 {
				t.Errorf("%d goroutines, want the worker alone", n)
			}
			return nil
		})
		p.Close()
		wantSucceeded(t, p, 1)
	})
}

// The deadline of the submit context is the task's.
func TestContextDeadline(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		at := time.Now().Add(time.Minute)
		ctx, cancel := context.WithDeadline(bg, at)
		defer cancel()
		deadline := func(opts ...millrace.TaskOption) time.Duration {
			var got time.Time
			pool.Go(ctx, p, func(ctx context.Context) error { got, _ = ctx.Deadline(); return nil }, opts...).Await(bg)
			return time.Until(got)
		}
		if got := deadline(); got != time.Minute {
			t.Errorf("Deadline() in %v, want 1m", got)
		}
		if got := deadline(millrace.WithTimeout(time.Second)); got != time.Second {
			t.Errorf("Deadline() with a timeout of 1s is in %v, want 1s", got)
		}
		if got := deadline(millrace.WithTimeout(time.Hour)); got != time.Minute {
			t.Errorf("Deadline() with a timeout of 1h in %v, want the context's, 1m", got)
		}
		p.Close()
	})
}

// Tasks under a context of another type that ask theirs for a value and for Err make
// no real one. Their contexts come in slabs, as long as the worker does not rest.
func TestContextIsFree(t *testing.T) {
	onlyTasksAllocate(t)
	const n = 160
	ctx := context.WithValue(bg, key{}, 1)
	p := pool.New(one)
	defer p.Close()
	fs := make([]*future.Future[int], n)
	tasks := testing.AllocsPerRun(20, func() {
		p.Pause() // so that the worker does not rest between two of them
		for i := range fs {
			fs[i] = pool.Submit(ctx, p, func(ctx context.Context) (int, error) { ctx.Value(key{}); return 1, ctx.Err() })
		}
		p.Resume()
		for _, f := range fs {
			f.Await(bg)
		}
	})
	if tasks > n*9/8 {
		t.Errorf("%v allocations for %d tasks that ask for a value and Err, want at most an eighth more than tasks", tasks, n)
	}
	runtime.KeepAlive(ctx)
}

// A context that other code looks at while its task ends has ended when the task has,
// and so have those derived from it.
func TestContextLookedAtWhileItEnds(t *testing.T) {
	p := pool.New(two)
	var looks sync.WaitGroup
	for range 20 {
		const n = 200
		contexts, cancels := make([]context.Context, n), make([]context.CancelFunc, n)
		fs := make([]*intFuture, n)
		for i := range n {
			fs[i] = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				contexts[i] = ctx
				if i%10 == 0 {
					looks.Go(func() {
						if i%20 == 0 {
							contexts[i], cancels[i] = context.WithCancel(ctx)
						} else {
							<-ctx.Done()
						}
					})
				}
				return i, nil
			})
		}
		for i, f := range fs {
			wantValue(t, "a task", f, i)
		}
		looks.Wait()
		for i, ctx := range contexts {
			select {
			case <-ctx.Done():
			default:
				t.Fatalf("context %d has not ended with its task", i)
			}
			if err := context.Cause(ctx); err != future.ErrTaskEnded {
				t.Fatalf("context %d has ended because of %v, want ErrTaskEnded", i, err)
			}
			if cancels[i] != nil {
				cancels[i]()
			}
		}
	}
	p.Close()
}

// The context of a child that ends after its parent was aborted says why, also if nobody has
// looked at it before.
func TestCauseOfChildOfAborted(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		var kept context.Context
		var child *intFuture
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child = pool.Submit(ctx, p, func(ctx context.Context) (int, error) { kept = ctx; <-gate; return 1, nil })
			<-gate
			time.Sleep(time.Second)
			return 1, nil
		})
		synctest.Wait()
		f.Abort(errBoom)
		close(gate)
		wantValue(t, "the child", child, 1)
		wantIs(t, "the cause of the child's context", context.Cause(kept), errBoom)
		f.Await(bg)
		p.Close()
	})
}
