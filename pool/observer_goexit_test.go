package pool_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// exitObserver is an observer that calls Goexit when a task of that name never runs, or has
// ended.
type exitObserver struct{ name string }

func (exitObserver) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }
func (exitObserver) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context   { return ctx }
func (o exitObserver) Ended(_ context.Context, t *millrace.TaskInfo)                     { o.exit(t) }
func (o exitObserver) NeverRan(_ context.Context, t *millrace.TaskInfo)                  { o.exit(t) }
func (o exitObserver) exit(t *millrace.TaskInfo) {
	if t.Name == o.name {
		runtime.Goexit()
	}
}

// lost counts the tasks that never ran.
type lost struct {
	exitObserver
	n atomic.Int64
}

func (o *lost) NeverRan(context.Context, *millrace.TaskInfo) { o.n.Add(1) }

// An observer that calls Goexit ends the goroutine that settles a task. All that waits for
// the task, and for those that settle with it, is told before that, and so are the other
// observers; and the pool can be closed.
func TestGoexitOfNeverRan(t *testing.T) {
	for _, name := range []string{"input", "then", "another"} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				others := &lost{}
				p := pool.New(one, millrace.WithObserver(exitObserver{name}), millrace.WithObserver(others))
				p.Pause()
				input := pool.Submit(bg, p, nop, millrace.WithTaskName("input"))
				fs := []*intFuture{
					input,
					pool.Then(bg, p, input, identity, millrace.WithTaskName("then")),
					pool.Then(bg, p, input, identity, millrace.WithTaskName("another")),
					pool.Then(bg, p, input, identity),
				}
				var waited, called atomic.Int64
				for _, f := range fs {
					f.OnDone(func(*intFuture) { called.Add(1) })
					go func() { f.Await(bg); waited.Add(1) }()
				}
				synctest.Wait()
				go p.Drop(errBoom)
				synctest.Wait()
				for _, f := range fs {
					if s := f.State(); s != future.Cancelled {
						t.Errorf("State() = %v, want %v", s, future.Cancelled)
					}
				}
				if w, c, n := waited.Load(), called.Load(), others.n.Load(); w != 4 || c != 4 || n != 4 {
					t.Errorf("of 4 waits %d have ended, %d functions were called, the other observer was told of %d", w, c, n)
				}
				p.Resume()
				p.Close()
			})
		})
		t.Run(name+" by cancel", func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one, millrace.WithObserver(exitObserver{name}))
				p.Pause()
				input := pool.Submit(bg, p, nop, millrace.WithTaskName("input"))
				pool.Then(bg, p, input, identity, millrace.WithTaskName("then"))
				last := pool.Then(bg, p, input, identity, millrace.WithTaskName("another"))
				waited := false
				go func() { last.Await(bg); waited = true }()
				synctest.Wait()
				go input.Cancel()
				synctest.Wait()
				if !waited {
					t.Error("a wait for the last one has not ended")
				}
				p.Resume()
				p.Close()
			})
		})
	}
}

// An observer that ends the goroutine which asks for a permit leaves no permit behind.
func TestGoexitOfAcquire(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(1), millrace.WithOverflow(millrace.DropOldest), millrace.WithObserver(exitObserver{"dropped"}))
		pool.Submit(bg, p, nop, millrace.WithTaskName("dropped"))
		go pool.Acquire(bg, p)
		synctest.Wait()
		release()
		synctest.Wait()
		if s := stats(t, p); s.Running+s.Queued != 0 {
			t.Errorf("Stats() = %+v, want nothing left", s)
		}
		p.Close()
	})
}

// A task has succeeded, whatever its observer does then, also where panics end the process.
func TestGoexitOfEnded(t *testing.T) {
	for name, opts := range map[string][]millrace.PoolOption{"": nil, "with WithCrashOnPanic": {millrace.WithCrashOnPanic()}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(append(opts, one, millrace.WithObserver(exitObserver{"it"}))...)
			f := pool.Submit(bg, p, nop, millrace.WithTaskName("it"))
			synctest.Wait()
			if s := f.State(); s != future.Succeeded {
				t.Fatalf("State() %s = %v, want succeeded", name, s)
			}
			p.Close()
		})
	}
}

// The same if the permit is granted in the section that drops the task: it waited for weight, and held
// back those behind it.
func TestGoexitOfAcquireThatIsGranted(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(2), millrace.WithQueue(1), millrace.WithOverflow(millrace.DropOldest), millrace.WithObserver(exitObserver{"dropped"}))
		release := blocker(p, 1)
		pool.Submit(bg, p, nop, millrace.WithTaskName("dropped"), millrace.WithWeight(2))
		go pool.Acquire(bg, p)
		synctest.Wait()
		if s := stats(t, p); s.Running != 1 || s.Queued != 0 || s.Cancelled != 1 {
			t.Errorf("Stats() = %+v, want one that runs", s)
		}
		release()
		p.Close()
	})
}
