package pool_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that waits in several goroutines waits for each of those tasks: a ring
// through the second is one as much as a ring through the first.
func TestDeadlockThroughTheSecondWait(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		gate := make(chan struct{})
		self := make(chan *intFuture, 1)
		slow := pool.Submit(bg, p, waitsFor(gate))
		child := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			f := <-self
			time.Sleep(2 * time.Second) // the parent is blocked in both waits
			return f.Await(ctx)
		})
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			var wg sync.WaitGroup
			wg.Go(func() { slow.Await(ctx) })
			wg.Go(func() { time.Sleep(time.Second); child.Await(ctx) })
			wg.Wait()
			return 1, nil
		})
		self <- parent
		if _, err := child.Await(bg); !errors.Is(err, future.ErrDeadlock) {
			t.Errorf("the wait that closed the ring = %v, want %v", err, future.ErrDeadlock)
		}
		close(gate)
		wantValue(t, "the parent", parent, 1)
		p.Close()
	})
}
