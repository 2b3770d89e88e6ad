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

// outsideFor is a task that lends its slot for d, and then looks.
func outsideFor(d time.Duration, look func()) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		pool.Outside(ctx, func() { time.Sleep(d) })
		look()
		return 1, nil
	}
}

// A task that has the key of a permit, and goes on ahead of a heavy one for that, does so within the
// bounds of the pool and of its group.
func TestAcquireBehindATaskKeepsBounds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(5), millrace.WithMaxWeight(4))
		k := millrace.WithKey("k")
		heavy := pool.Submit(bg, p, outsideFor(time.Second, func() {}), millrace.WithWeight(4))
		first := pool.Submit(bg, p, outsideFor(2*time.Second, func() {
			if s := stats(t, p); s.Weight > 4 {
				t.Errorf("Stats() = %+v, want a weight of 4 at most", s)
			}
		}), k, millrace.WithWeight(2))
		acquirer := pool.Go(bg, p, func(ctx context.Context) error { return hold(ctx, p, k, millrace.WithWeight(0)) })
		other := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(3 * time.Second); return 1, nil }, millrace.WithWeight(2))
		if _, err := acquirer.Await(bg); err != nil {
			t.Errorf("Acquire() = %v, want nil", err)
		}
		wantValue(t, "the task with the key", first, 1)
		wantValue(t, "the heavy one", heavy, 1)
		wantValue(t, "the other one", other, 1)
		p.Close()
	})
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(5), millrace.WithMaxWeight(2))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		k := millrace.WithKey("k")
		heavy := pool.Submit(bg, p, outsideFor(time.Second, func() {}), millrace.WithWeight(2))
		first := pool.Submit(bg, g, outsideFor(2*time.Second, func() {
			if s := g.Stats(); s.Running > 1 {
				t.Errorf("Stats() of the group = %+v, want one at work at most", s)
			}
		}), k)
		acquirer := pool.Go(bg, p, func(ctx context.Context) error { return hold(ctx, p, k, millrace.WithWeight(0)) })
		other := pool.Submit(bg, g, func(context.Context) (int, error) { time.Sleep(3 * time.Second); return 1, nil }, millrace.WithWeight(0))
		if _, err := acquirer.Await(bg); err != nil {
			t.Errorf("Acquire() = %v, want nil", err)
		}
		wantValue(t, "the member with the key", first, 1)
		wantValue(t, "the heavy one", heavy, 1)
		wantValue(t, "the other member", other, 1)
		p.Close()
	})
}

// In a paused pool nothing goes ahead of a heavy task for a permit, also not a task with the key of
// the permit whose submitter waits for a place.
func TestAcquireAheadWaitsForResume(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(2), millrace.WithQueue(1))
		k, light := millrace.WithKey("k"), millrace.WithWeight(0)
		asks := make(chan struct{})
		acquirer := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-asks
			return 1, hold(ctx, p, k, light)
		})
		heavy := pool.Submit(bg, p, nop, millrace.WithWeight(2))
		paused := true
		go pool.Submit(bg, p, func(context.Context) (int, error) {
			if paused {
				t.Error("a task has started in a paused pool")
			}
			return 1, nil
		}, k, light)
		synctest.Wait()
		p.Pause()
		close(asks)
		synctest.Wait()
		paused = false
		p.Resume()
		wantValue(t, "the task that acquires", acquirer, 1)
		wantValue(t, "the heavy one", heavy, 1)
		p.Close()
	})
}
