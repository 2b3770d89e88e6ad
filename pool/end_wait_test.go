package pool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A wait that the end of a context ends says so with the cause, and finds the
// task's own context ended: also where that one was derived, and the standard
// library comes to it later than to the pool.
func TestWaitEndsNoSoonerThanItsContext(t *testing.T) {
	for range 3000 {
		p := pool.New(millrace.WithWorkers(2))
		ctx, cancel := context.WithCancelCause(bg)
		gate, waiting := make(chan struct{}), make(chan struct{})
		f := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
			ctx.Done() // from here on it is a derived one
			child := pool.Submit(context.WithoutCancel(ctx), p, func(context.Context) (int, error) { <-gate; return 0, nil })
			pending := pool.Submit(ctx, p, func(context.Context) (int, error) { <-gate; return 0, nil })
			close(waiting)
			_, err := child.Await(ctx)
			if ctx.Err() == nil || !errors.Is(err, errBoom) {
				t.Errorf("Await() = %v, the context's Err() = %v, want boom, and an ended context", err, ctx.Err())
			}
			if _, err := pending.Await(bg); !errors.Is(err, errBoom) && err != nil {
				t.Errorf("a pending task = %v, want boom", err)
			}
			return 1, nil
		})
		<-waiting
		cancel(errBoom)
		wantValue(t, "the task", f, 1)
		close(gate)
		p.Close()
		if t.Failed() {
			return
		}
	}
}

// The end of the context that a task was submitted with acts at once on what the task has
// submitted to another pool with its own context, or with one derived from it, also if the first
// is of a type that the standard library does not know.
func TestEndReachesAnotherPool(t *testing.T) {
	for what, submit := range map[string]func(ctx context.Context, p *pool.Pool) *intFuture{
		"task":   func(ctx context.Context, p *pool.Pool) *intFuture { return pool.Submit(ctx, p, nop) },
		"member": func(ctx context.Context, p *pool.Pool) *intFuture { return pool.Submit(bg, pool.NewGroup(ctx, p), nop) },
		"derived task": func(ctx context.Context, p *pool.Pool) *intFuture {
			ctx, cancel := context.WithCancel(ctx)
			context.AfterFunc(ctx, cancel)
			return pool.Submit(ctx, p, nop)
		},
	} {
		for range 50 {
			p, other := pool.New(one), pool.New(one)
			ctx := &handmade{Context: bg, done: make(chan struct{})}
			pending := make(chan struct{})
			pool.Go(bg, other, func(context.Context) error {
				<-pending
				ctx.end() // the next task would start in this goroutine, at once
				return nil
			})
			_, err := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				f := submit(ctx, other)
				close(pending)
				return f.Await(bg)
			}).Await(bg)
			wantIs(t, what, err, future.ErrCancelled, context.Canceled)
			p.Close()
			other.Close()
			if t.Failed() {
				return
			}
		}
	}
}

// The same for a map: when it says that its context has ended, that has. The end of a group is known
// to the map before a context that a member has derived from its own is told.
func TestMapEndsNoSoonerThanItsContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		told, tell := context.WithCancel(bg)
		of := &late{handmade{Context: bg, done: make(chan struct{})}, told}
		g := pool.NewGroup(of, p)
		member := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			ctx, stop := context.WithCancel(ctx)
			defer stop()
			for _, err := range pool.Map(ctx, p, endless, func(_ context.Context, n int) (int, error) {
				if n == 3 {
					of.end()
					time.AfterFunc(time.Second, tell)
				}
				return n, nil
			}) {
				if err != nil && (!errors.Is(err, future.ErrNotDone) || ctx.Err() == nil) {
					t.Errorf("the map ends with %v, and its context's Err() = %v", err, ctx.Err())
				}
			}
			return 1, nil
		})
		wantValue(t, "the member", member, 1)
		p.Close()
	})
}

// late is a context that tells of its end when told has ended.
type late struct {
	handmade
	told context.Context
}

func (l *late) AfterFunc(fn func()) (stop func() bool) { return context.AfterFunc(l.told, fn) }
