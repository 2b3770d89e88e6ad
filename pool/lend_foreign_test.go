package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A goroutine of a task that waits to have its weight back goes on waiting when another goroutine of
// the task waits for a task of another pool: that lends nothing.
func TestForeignWaitWhileTheTaskWantsItsWeightBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, other := pool.New(two, millrace.WithMaxWeight(2)), pool.New(one)
		childEnds, besideEnds, farEnds, asks := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
		far := pool.Submit(bg, other, waitsFor(farEnds))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			left := make(chan struct{})
			go func() { <-asks; far.Await(ctx); close(left) }()
			pool.Submit(ctx, p, waitsFor(childEnds)).Await(ctx)
			if s := stats(t, p); s.Weight != 2 || s.Waiting != 0 {
				t.Errorf("Stats() in a task that goes on = %+v, want one that has its weight", s)
			}
			<-left
			return 1, nil
		}, millrace.WithWeight(2))
		beside := pool.Submit(bg, p, waitsFor(besideEnds))
		for _, gate := range []chan struct{}{childEnds, asks, besideEnds, farEnds} {
			synctest.Wait()
			close(gate)
		}
		wantValue(t, "the task", f, 1)
		wantValue(t, "the one beside it", beside, 1)
		p.Close()
		other.Close()
	})
}
