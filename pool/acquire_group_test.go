package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A heavy member of the group that has been let in keeps room, and waits for the weight of those that
// acquire. Their permits take that room.
func TestAcquireInsideOfAGroupBeforeHeavyMembers(t *testing.T) {
	for name, c := range map[string]struct {
		opt    millrace.GroupOption
		behind bool          // the heavy member is behind a heavy task of the pool
		want   time.Duration // until the last permit is granted
	}{
		"limit":                     {millrace.WithLimit(3), false, 0},
		"limit, behind a heavy one": {millrace.WithLimit(3), true, 0},
		"rate":                      {millrace.WithRate(1, 1), false, 2 * time.Second},
		"rate, behind a heavy one":  {millrace.WithRate(1, 1), true, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(8), millrace.WithMaxWeight(4))
				g := pool.NewGroup(bg, p, c.opt, millrace.IgnoreErrors())
				var fs []*future.Future[struct{}]
				var begins []func()
				for range 2 {
					f, begin := holdLater(g)
					fs, begins = append(fs, f), append(begins, begin)
					time.Sleep(time.Second)
				}
				release := make(chan struct{})
				pool.Submit(bg, g, waitsFor(release), millrace.WithWeight(0))
				synctest.Wait()
				heavy := pool.Submit(bg, g, nop, millrace.WithWeight(4))
				if c.behind {
					pool.Submit(bg, p, nop, millrace.WithWeight(4), millrace.WithPriority(1))
				}
				for _, begin := range begins {
					begin()
				}
				start := time.Now()
				close(release) // the heavy member is let in
				for _, f := range fs {
					if _, err := f.Await(bg); err != nil {
						t.Errorf("Acquire() = %v, want nil", err)
					}
				}
				if d := time.Since(start); d != c.want {
					t.Errorf("the last permit after %v, want %v", d, c.want)
				}
				wantValue(t, "the heavy member", heavy, 1)
				p.Close()
			})
		})
	}
}

// A permit that has waited for the rate of its group, and is put aside in the group around that, takes
// the room that a heavy member keeps there.
func TestAcquireInsideOfTwoGroupsBeforeHeavyMembers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8), millrace.WithMaxWeight(4))
		outer := pool.NewGroup(bg, p, millrace.WithLimit(2), millrace.IgnoreErrors())
		inner := pool.NewGroup(bg, outer, millrace.WithRate(1, 1), millrace.IgnoreErrors())
		f, begin := holdLater(inner)
		release := make(chan struct{})
		pool.Submit(bg, outer, waitsFor(release), millrace.WithWeight(0))
		synctest.Wait()
		heavy := pool.Submit(bg, outer, nop, millrace.WithWeight(4))
		light := pool.Submit(bg, outer, nop)
		close(release) // the heavy member is let in, the light one is not
		synctest.Wait()
		start := time.Now()
		begin()
		if _, err := f.Await(bg); err != nil || time.Since(start) != time.Second {
			t.Errorf("Acquire() = %v after %v, want nil when the rate allows it", err, time.Since(start))
		}
		wantValue(t, "the heavy member", heavy, 1)
		wantValue(t, "the light member", light, 1)
		p.Close()
	})
}

// A permit that its group lets pass, and the group around that does not, stays behind those that wait
// in its group.
func TestAcquireInsideOfAFullGroupKeepsItsPlace(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8), millrace.WithMaxWeight(4))
		outer := pool.NewGroup(bg, p, millrace.WithLimit(2), millrace.IgnoreErrors())
		inner := pool.NewGroup(bg, outer, millrace.WithLimit(2), millrace.IgnoreErrors())
		weightless := millrace.WithWeight(0)
		var order journal
		gate, release, end := make(chan struct{}), make(chan struct{}), make(chan struct{})
		f := pool.Go(bg, inner, func(ctx context.Context) error {
			<-gate
			err := hold(ctx, inner, weightless)
			order.add("permit")
			return err
		})
		pool.Submit(bg, inner, waitsFor(release), weightless)
		synctest.Wait()
		first := pool.Submit(bg, inner, order.task("first"), weightless)
		second := pool.Submit(bg, inner, order.task("second"), weightless)
		heavy := pool.Submit(bg, p, nop, millrace.WithWeight(4), millrace.WithPriority(1))
		close(release) // the first one is let in
		synctest.Wait()
		pool.Submit(bg, outer, waitsFor(end), weightless, millrace.WithPriority(2)) // takes the room of outer
		synctest.Wait()
		close(gate)
		synctest.Wait()
		heavy.Cancel()
		synctest.Wait()
		close(end)
		f.Await(bg)
		wantValue(t, "the first member", first, 1)
		wantValue(t, "the second member", second, 1)
		order.want(t, "first second permit")
		p.Close()
	})
}
