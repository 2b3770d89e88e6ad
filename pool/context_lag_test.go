package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace"
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
		f.Await(bg)
		close(gate)
		p.Close()
		if t.Failed() {
			return
		}
	}
}
