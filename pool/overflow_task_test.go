package pool_test

import (
	"testing"
	"testing/synctest"
	"time"

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
				p, release := busyPool(millrace.WithQueue(1), millrace.WithOverflow(of))
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

// A task with DropOldest takes the place of the task that it drops, though others wait for
// one: they wait on, and no third one is lost.
func TestDropOldestBesideBlockedSubmitters(t *testing.T) {
	for name, opts := range map[string][]millrace.TaskOption{
		"at once":       nil,
		"after a delay": {millrace.WithDelay(time.Second)},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(millrace.WithQueue(1))
			oldest := pool.Submit(bg, p, nop)
			blocked := make(chan *intFuture, 1)
			go func() { blocked <- pool.Submit(bg, p, nop) }()
			synctest.Wait()
			f := pool.Submit(bg, p, nop, append(opts, millrace.WithOverflow(millrace.DropOldest))...)
			time.Sleep(time.Second)
			synctest.Wait()
			wantNeverRan(t, name, oldest, pool.ErrQueueFull)
			if s := stats(t, p); f.State() != future.Pending || s.Queued != 1 || s.Blocked != 1 {
				t.Errorf("%s: the task with DropOldest is %v, Stats() = %+v, want it pending, and the submitter blocked", name, f.State(), s)
			}
			release()
			wantValue(t, name, f, 1)
			wantValue(t, name, <-blocked, 1)
			p.Close()
		})
	}
}
