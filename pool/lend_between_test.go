package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that has taken one of several futures, and works on, keeps its slot when one of the others
// lends: it is to wait for that only later.
func TestTaskBetweenTwoWaitsKeepsItsSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			taken, gate := make(chan struct{}), make(chan struct{})
			first := pool.Submit(ctx, p, nop)
			second := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				<-taken
				return pool.Submit(ctx, p, waitsFor(gate)).Await(ctx)
			})
			for f := range future.AsCompleted(ctx, first, second) {
				if f != first {
					break
				}
				close(taken)
				synctest.Wait()
				if s := stats(t, p); s.Running != 2 || s.Waiting != 1 {
					t.Errorf("Stats() while the second waits for its child = %+v, want that 2 run and 1 waits", s)
				}
				close(gate)
			}
			return 1, nil
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}
