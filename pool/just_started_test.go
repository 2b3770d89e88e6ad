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

// A task that has started and has no goroutine yet hears of Abort, and of Stop.
func TestEndOfJustStarted(t *testing.T) {
	for name, end := range map[string]func(*pool.Pool, *intFuture){
		"Abort": func(_ *pool.Pool, f *intFuture) { f.Abort(errBoom) },
		"Stop":  func(p *pool.Pool, _ *intFuture) { p.Stop(errBoom) },
	} {
		for range 50 {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				f := pool.Submit(bg, p, untilEnd)
				if f.State() != future.Running {
					t.Fatalf("State() = %v, want running: there is a free slot", f.State())
				}
				end(p, f)
				_, err := f.Await(bg)
				wantIs(t, name+" of a task that has just started: Await()", err, errBoom)
				p.Close()
			})
		}
	}
}

// A second Abort of a task that goes on has no effect, and says so.
func TestAbortTwice(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-gate
			return 0, context.Cause(ctx)
		})
		synctest.Wait()
		if !f.Abort(errBoom) || f.Abort(nil) {
			t.Error("Abort() = false, or true twice")
		}
		close(gate)
		_, err := f.Await(bg)
		wantIs(t, "Await()", err, errBoom)
		p.Close()
	})
}

// Nor has it one on a task whose context has ended, though neither the pool nor the task
// knows of that yet.
func TestAbortAfterTheEndOfAContext(t *testing.T) {
	for name, submit := range map[string]func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture{
		"submit": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture {
			return pool.Submit(ctx, p, fn)
		},
		"group": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture {
			return pool.Submit(bg, pool.NewGroup(ctx, p), fn)
		},
		"pool": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture {
			return pool.Submit(bg, p, fn)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(bg)
			p := pool.New(one)
			if name == "pool" {
				p = pool.New(one, millrace.WithContext(ctx))
			}
			gate := make(chan struct{})
			f := submit(ctx, p, func(ctx context.Context) (int, error) { <-gate; return 0, context.Cause(ctx) })
			synctest.Wait()
			end := errors.New("the end")
			cancel(end)
			if f.Abort(errBoom) {
				t.Errorf("Abort() after the end of the %s's context = true, want false", name)
			}
			close(gate)
			_, err := f.Await(bg)
			wantIs(t, "the cause of the "+name+"'s context", err, end)
			p.Close()
		})
	}
}

// What is submitted right after cancel never runs, though the pool has just run tasks
// with the same context, and has a free slot.
func TestSubmitRightAfterCancel(t *testing.T) {
	for range 50 {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			ctx, cancel := context.WithCancelCause(bg)
			running := pool.Submit(ctx, p, untilEnd)
			wantValue(t, "a task before", pool.Submit(ctx, p, nop), 1)
			cancel(errBoom)
			wantNeverRan(t, "a task after cancel", pool.Submit(ctx, p, nop), errBoom)
			running.Await(bg)
			p.Close()
		})
	}
}

// A waiter outside of tasks hears at once that a pending task's context has ended,
// although all workers are busy.
func TestContextEndReachesWaiters(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx, cancel := context.WithCancelCause(bg)
		f := pool.Submit(ctx, p, nop)
		told := make(chan error, 1)
		go func() {
			_, err := f.Await(bg)
			told <- err
		}()
		synctest.Wait()
		cancel(errBoom)
		wantIs(t, "Await() of a pending task", <-told, future.ErrCancelled, errBoom)
		release()
		p.Close()
	})
}

// The end of a context reaches a pending child of a task below it at once, although the
// task goes on.
func TestContextEndReachesChildren(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx, cancel := context.WithCancelCause(bg)
		gate := make(chan struct{})
		child := make(chan *intFuture, 1)
		parent := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
			child <- pool.Submit(ctx, p, nop)
			<-gate
			return 1, nil
		})
		told := make(chan error, 1)
		go func() {
			_, err := (<-child).Await(bg)
			told <- err
		}()
		synctest.Wait()
		cancel(errBoom)
		wantIs(t, "Await() of a pending child", <-told, future.ErrCancelled, errBoom)
		close(gate)
		wantValue(t, "the parent", parent, 1)
		p.Close()
	})
}

// A task hears at once of the end of a context of another type, though the
// standard library is told of it by a goroutine.
func TestForeignContextEndsAtOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		outer := &handmade{Context: bg, done: make(chan struct{})}
		f := pool.Submit(outer, p, func(ctx context.Context) (int, error) {
			done := ctx.Done()
			outer.end()
			if ctx.Err() == nil {
				t.Error("Err() = nil after the context above has ended")
			}
			<-done
			return 1, nil
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}

// handmade is a context that the standard library does not know.
type handmade struct {
	context.Context
	done  chan struct{}
	hooks int
}

func (h *handmade) Done() <-chan struct{} { return h.done }

func (h *handmade) Err() error {
	select {
	case <-h.done:
		return context.Canceled
	default:
		return nil
	}
}

func (h *handmade) end() { close(h.done) }

// AfterFunc is what context.AfterFunc uses.
func (h *handmade) AfterFunc(fn func()) (stop func() bool) {
	h.hooks++
	return func() bool { return true }
}

// A context is watched once, however many tasks are pending with it.
func TestContextIsWatchedOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx := &handmade{Context: bg, done: make(chan struct{})}
		fs := submitMany(ctx, p, 100)
		if ctx.hooks != 1 {
			t.Errorf("a context of 100 pending tasks is watched %d times, want once", ctx.hooks)
		}
		release()
		p.Close()
		for _, f := range fs {
			wantValue(t, "a task", f, 1)
		}
		if ctx.hooks != 1 {
			t.Errorf("in the end it was watched %d times, want once", ctx.hooks)
		}
	})
}

// Stop settles what is pending at once, wherever it waits, while a task that does not
// look at its context goes on.
func TestStopSettlesWhereverItWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(10))
		gate := make(chan struct{})
		hold := waitsFor(gate)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		running := []*intFuture{
			pool.Submit(bg, p, hold, millrace.WithKey("k")),
			pool.Submit(bg, g, hold),
		}
		synctest.Wait()
		waiting := map[string]*intFuture{
			"for its key":          pool.Submit(bg, p, nop, millrace.WithKey("k")),
			"for its group":        pool.Submit(bg, g, nop),
			"for its input":        pool.Then(bg, p, running[0], func(context.Context, int) (int, error) { return 1, nil }),
			"for its delay":        pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour)),
			"for weight":           pool.Submit(bg, p, nop, millrace.WithWeight(10)),
			"behind what is heavy": pool.Submit(bg, p, nop),
		}
		p.Stop(errBoom)
		for where, f := range waiting {
			wantNeverRan(t, "a task that waits "+where, f, pool.ErrStopped, errBoom)
		}
		close(gate)
		p.Close()
	})
}
