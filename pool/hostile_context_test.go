package pool_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A trap is a context whose Done does not return once it is set.
type trap struct {
	handmade
	set  atomic.Bool
	exit func()
}

func newTrap(exit func()) *trap {
	return &trap{handmade: handmade{Context: bg, done: make(chan struct{})}, exit: exit}
}

func (c *trap) Done() <-chan struct{} {
	if c.set.Load() {
		c.exit()
	}
	return c.done
}

// A task that starts asks nothing of the context that it was submitted with.
func TestStartAsksNothingOfContext(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			ctx := newTrap(exit)
			f := pool.Submit(ctx, p, nop)
			ctx.set.Store(true)
			release()
			wantValue(t, name+": the task", f, 1)
			wantValue(t, name+": the next one", pool.Submit(bg, p, nop), 1)
			p.Close()
		})
	}
}

// A recursion so deep that its contexts have to be derived ends where that fails: that task
// never ran, and the pool has its slot and its worker.
func TestExitOfContextAmidRecursion(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			ctx := newTrap(exit)
			const depth = 100
			ran := 0
			var down func(ctx context.Context) (int, error)
			down = func(c context.Context) (int, error) {
				if ran++; ran == depth {
					return 1, nil
				}
				child := pool.Submit(c, p, down)
				ctx.set.Store(true)
				_, err := child.Await(c)
				if child.State() == future.Cancelled && ran > 1 {
					if pe, ok := errors.AsType[*future.PanicError](err); !errors.Is(err, future.ErrGoexit) && (!ok || pe.Value != "exit") {
						t.Errorf("%s: Await() = %v, want what the context did", name, err)
					}
				}
				return 0, err
			}
			_, err := pool.Submit(ctx, p, down).Await(bg)
			wantIs(t, name, err, future.ErrCancelled)
			if ran == 1 || ran == depth {
				t.Errorf("%s: %d tasks have run, want some, and not all %d", name, ran, depth)
			}
			synctest.Wait()
			wantValue(t, name+": another task", pool.Submit(bg, p, nop), 1)
			p.Close()
			if s := stats(t, p); s.Cancelled != 1 {
				t.Errorf("%s: Stats() = %+v, want one cancelled", name, s)
			}
		})
	}
}
