package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The runner of a map makes room for a task that wants its slot back, also if nothing else waits.
func TestMapMakesRoomForATaskThatGoesOn(t *testing.T) {
	const items, by = 100_000, 10_000
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate, ran, seen := make(chan struct{}), atomic.Int64{}, int64(0)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			pool.Outside(ctx, func() { <-gate })
			seen = ran.Load()
			return 1, nil
		})
		synctest.Wait()
		if err := pool.ForN(bg, p, items, func(_ context.Context, i int) error {
			if ran.Add(1) == 10 {
				close(gate)
				time.Sleep(time.Second) // until the task wants its slot back
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		wantValue(t, "the task", f, 1)
		if seen > by {
			t.Errorf("the task goes on after %d items, want at most %d", seen, by)
		}
		p.Close()
	})
}

// The runner of a map makes room for a submitter that is blocked, whatever the queue holds.
func TestMapMakesRoomForABlockedSubmitter(t *testing.T) {
	const items, by = 100_000, 10_000
	for name, c := range map[string]struct {
		places, priority int // of the blocked one
		queued           []millrace.TaskOption
	}{
		"no places":                  {},
		"others are of low priority": {1, 1, []millrace.TaskOption{millrace.WithPriority(-1)}},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithQueue(c.places))
			ran, seen := atomic.Int64{}, int64(0)
			done := make(chan struct{})
			submit := func() {
				defer close(done)
				pool.Submit(bg, p, func(context.Context) (int, error) {
					seen = ran.Load()
					return 1, nil
				}, millrace.WithPriority(c.priority)).Await(bg)
			}
			if err := pool.ForN(bg, p, items, func(context.Context, int) error {
				if ran.Add(1) == 10 {
					for range c.places {
						pool.Submit(bg, p, nop, c.queued...)
					}
					go submit()
					time.Sleep(time.Second) // until it is blocked
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			<-done
			if seen > by {
				t.Errorf("%s: the task starts after %d items, want at most %d", name, seen, by)
			}
			p.Close()
		})
	}
}
