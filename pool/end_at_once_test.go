package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

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

// A task hears at once of the end of a context of another type, which tells nobody of its end:
// of that it was submitted with, of its group's and of its pool's.
func TestForeignContextEndsAtOnce(t *testing.T) {
	for name, c := range map[string]func(outer context.Context) (*pool.Pool, pool.Executor, context.Context){
		"submit": func(outer context.Context) (*pool.Pool, pool.Executor, context.Context) {
			p := pool.New(one)
			return p, p, outer
		},
		"group": func(outer context.Context) (*pool.Pool, pool.Executor, context.Context) {
			p := pool.New(one)
			return p, pool.NewGroup(outer, p), bg
		},
		"pool": func(outer context.Context) (*pool.Pool, pool.Executor, context.Context) {
			p := pool.New(one, millrace.WithContext(outer))
			return p, p, bg
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			outer := &handmade{Context: bg, done: make(chan struct{})}
			p, ex, with := c(outer)
			f := pool.Submit(with, ex, func(ctx context.Context) (int, error) {
				done := ctx.Done()
				outer.end()
				if ctx.Err() == nil {
					t.Errorf("%s: Err() = nil after the context above has ended", name)
					return 1, nil
				}
				<-done
				return 1, nil
			})
			wantValue(t, name, f, 1)
			p.Close()
		})
	}
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

// The state of a pending task says that its pool's context has ended, though nothing has told the
// pool of that.
func TestStateAfterTheEndOfThePoolsContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ctx := &handmade{Context: bg, done: make(chan struct{})}
		p, release := busyPool(millrace.WithContext(ctx))
		f := pool.Submit(bg, p, nop)
		ctx.end()
		if s := f.State(); s != future.Cancelled {
			t.Errorf("State() = %v, want cancelled", s)
		}
		wantNeverRan(t, "the pending task", f, pool.ErrStopped)
		release()
		p.Close()
	})
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
