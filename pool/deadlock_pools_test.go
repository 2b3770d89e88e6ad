package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A cycle of waits through two pools is told to one of the tasks.
func TestDeadlockThroughTwoPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		ready := make(chan struct{})
		var inQ *intFuture
		inP := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-ready
			return inQ.Await(ctx)
		})
		inQ = pool.Submit(bg, q, func(ctx context.Context) (int, error) {
			<-ready
			return inP.Await(ctx)
		})
		close(ready)
		_, a := inP.Await(bg)
		_, b := inQ.Await(bg)
		if !errors.Is(a, future.ErrDeadlock) || !errors.Is(b, future.ErrDeadlock) {
			t.Errorf("the tasks end with %v and %v, want ErrDeadlock: one is told, and returns it to the other", a, b)
		}
		p.Close()
		q.Close()
	})
}

// A cycle that begins with a wait within the first pool, and comes back to it from the
// second, is told to one of the tasks.
func TestDeadlockThereAndBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(two), pool.New(one)
		var a, b, c *intFuture
		last := make(chan struct{})
		ready := make(chan struct{})
		a = pool.Submit(bg, p, func(ctx context.Context) (int, error) { <-last; return b.Await(ctx) })
		b = pool.Submit(bg, p, func(ctx context.Context) (int, error) { <-ready; return c.Await(ctx) })
		c = pool.Submit(bg, q, func(ctx context.Context) (int, error) { <-ready; return a.Await(ctx) })
		close(ready)
		synctest.Wait()
		close(last)
		_, err := a.Await(bg)
		wantIs(t, "the wait that closes the cycle", err, future.ErrDeadlock)
		p.Close()
		q.Close()
	})
}
