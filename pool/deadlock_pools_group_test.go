package pool_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A Join that goes on closes two cycles: one in its pool, with a group that cancels what it waits for,
// and one through another pool. The wait in that is told, too.
func TestDeadlockThroughTwoPoolsBesideGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(millrace.WithWorkers(4)), pool.New(millrace.WithWorkers(4))
		gate := make(chan struct{})
		var far *intFuture
		caller := knowing(p, func(ctx context.Context, self *intFuture) (int, error) {
			far = pool.Submit(context.WithoutCancel(ctx), q, func(ctx context.Context) (int, error) { return self.Await(ctx) })
			_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) {
				ctx = context.WithoutCancel(ctx)
				var other sync.WaitGroup
				other.Go(func() { _, _ = far.Await(ctx) })
				defer other.Wait()
				time.Sleep(time.Second) // the search comes to the group first
				return 0, pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
					pool.Then(ctx, g, self, identity)
					return nil
				})
			}, func(context.Context) (int, error) { <-gate; return 1, nil })
			return 0, err
		})
		time.Sleep(2 * time.Second)
		close(gate)
		synctest.Wait()
		r, _ := caller.Poll()
		wantIs(t, "Join", r.Err, future.ErrDeadlock)
		if s := far.State(); !s.Settled() {
			t.Errorf("the task of the other pool is %v, want settled", s)
		}
		p.Close()
		q.Close()
	})
}
