package pool_test

import (
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task's own overflow takes the place of the pool's, whatever that one is.
func TestOverflowOfTask(t *testing.T) {
	all := []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest}
	for _, of := range all {
		for _, own := range all {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one, millrace.WithQueue(1), millrace.WithOverflow(of))
				release := blocker(p, 1)
				queued := pool.Submit(bg, p, nop)
				before := stats(t, p)
				got := make(chan *intFuture, 1)
				go func() { got <- pool.Submit(bg, p, nop, millrace.WithOverflow(own)) }()
				synctest.Wait()
				after := stats(t, p)
				switch own {
				case millrace.Block:
					if after.Blocked != 1 || len(got) != 0 {
						t.Errorf("pool %v, task %v: Stats() = %+v, want a blocked submitter", of, own, after)
					}
				case millrace.Reject:
					wantNeverRan(t, "a refused task", <-got, pool.ErrQueueFull)
					after.OldestQueued, after.Refused = before.OldestQueued, after.Refused-1
					if after != before {
						t.Errorf("pool %v, task %v: Stats() = %+v, want only Refused changed from %+v", of, own, after, before)
					}
				case millrace.CallerRuns:
					if f := <-got; f.State() != future.Succeeded {
						t.Errorf("pool %v, task %v: the task = %v, want succeeded", of, own, f)
					}
				case millrace.DropOldest:
					wantNeverRan(t, "the oldest task", queued, pool.ErrQueueFull)
				}
				release()
				p.Close()
			})
		}
	}
}
