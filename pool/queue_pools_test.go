package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task of another pool has no slot of this one to lend, also if its context comes from a task of
// this one. So its Submit on a full queue waits for a place, and not for the end of the new task: that
// may wait for the slot which the submitter keeps meanwhile.
func TestBlockInATaskOfAnotherPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, other := pool.New(one, millrace.WithQueue(0)), pool.New(one)
		var release func()
		inner := func(ctx context.Context) (v int, err error) {
			pool.Outside(ctx, func() { v, err = pool.Submit(ctx, other, nop).Await(ctx) })
			return v, err
		}
		middle := func(ctx context.Context) (v int, err error) {
			f := pool.Submit(ctx, p, inner)
			pool.Outside(ctx, func() { v, err = f.Await(ctx) })
			return v, err
		}
		f := pool.Submit(bg, p, func(ctx context.Context) (v int, err error) {
			pool.Outside(ctx, func() {
				release = blocker(p, 1) // the queue is full
				v, err = pool.Submit(ctx, other, middle).Await(ctx)
			})
			return v, err
		})
		synctest.Wait()
		if s := p.Stats(); s.Blocked != 1 {
			t.Errorf("Blocked = %d, want 1", s.Blocked)
		}
		release()
		synctest.Wait()
		if !f.State().Settled() {
			t.Error("the tasks of two pools wait for each other")
			other.Stop(nil)
		}
		wantValue(t, "the task", f, 1)
		p.Close()
		other.Close()
	})
}
