package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Stop settles what is pending at once, wherever it waits, while a task that does not
// look at its context goes on.
func TestStopSettlesWhereverItWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(10))
		gate := make(chan struct{})
		hold := waitsFor(gate)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		running := []*intFuture{
			pool.Submit(bg, p, hold, millrace.WithKey("k")),
			pool.Submit(bg, g, hold),
		}
		synctest.Wait()
		waiting := map[string]*intFuture{
			"for its key":          pool.Submit(bg, p, nop, millrace.WithKey("k")),
			"for its group":        pool.Submit(bg, g, nop),
			"for its input":        pool.Then(bg, p, running[0], func(context.Context, int) (int, error) { return 1, nil }),
			"for its delay":        pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour)),
			"for weight":           pool.Submit(bg, p, nop, millrace.WithWeight(10)),
			"behind what is heavy": pool.Submit(bg, p, nop),
		}
		p.Stop(errBoom)
		for where, f := range waiting {
			wantNeverRan(t, "a task that waits "+where, f, pool.ErrStopped, errBoom)
		}
		close(gate)
		p.Close()
	})
}
