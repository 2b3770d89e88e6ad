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

// A task whose wait is over has a slot again before another member of somebody
// else's wait starts, whatever it has waited in.
func TestReturnBeforeOtherMembers(t *testing.T) {
	for way, wait := range map[string]func(ctx context.Context, f *intFuture) error{
		"Await": func(ctx context.Context, f *intFuture) error { _, err := f.Await(ctx); return err },
		"Race":  func(ctx context.Context, f *intFuture) error { _, err := future.Race(ctx, f); return err },
		"All":   func(ctx context.Context, f *intFuture) error { _, err := future.All(ctx, f); return err },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			var order journal
			task := pool.Go(bg, p, func(ctx context.Context) error {
				return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
					pool.Go(ctx, g, func(ctx context.Context) error {
						err := wait(ctx, pool.Submit(ctx, g, order.task("its member")))
						order.add("waiter")
						return err
					})
					pool.Submit(ctx, g, order.task("other member"))
					return nil
				})
			})
			if _, err := task.Await(bg); err != nil {
				t.Errorf("%s = %v, want nil", way, err)
			}
			p.Close()
			order.want(t, "its member waiter other member")
		})
	}
}

// A member that wants its slot back, and has been told of room in its group, ends instead. The next
// one gets the room.
func TestReturnPassesItsRoomOn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
		goOn, third, busy, last := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
		var lend [2]*intFuture
		for i := range lend {
			lend[i] = pool.Submit(bg, g, func(ctx context.Context) (int, error) {
				pool.Outside(ctx, func() { <-goOn })
				return 1, nil
			})
			synctest.Wait()
		}
		pool.Submit(bg, g, waitsFor(third))
		pool.Submit(bg, p, waitsFor(busy))
		synctest.Wait()
		close(goOn) // no slot is free
		synctest.Wait()
		close(busy) // one is, and the group is full
		synctest.Wait()
		pool.Submit(bg, p, waitsFor(last))
		synctest.Wait()
		p.Resize(1)
		close(third) // the group has room, and no slot is free
		synctest.Wait()
		lend[0].Abort(nil) // runs on without its slot, and ends
		synctest.Wait()
		close(last)
		synctest.Wait()
		for i, f := range lend {
			if s := f.State(); s != future.Succeeded {
				t.Errorf("member %d is %v, want succeeded", i, s)
			}
		}
		p.Close()
	})
}

// A member that wants its slot back, and has been told of room in an outer group, finds its inner one
// full. The next member of the outer group gets the room.
func TestReturnLeavesRoomInOuterGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		outer := pool.NewGroup(bg, p, millrace.WithLimit(2))
		inner := pool.NewGroup(bg, outer, millrace.WithLimit(2))
		goOn, first, second := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var lend [2]*intFuture
		for i, g := range [...]*pool.Group{inner, outer} {
			lend[i] = pool.Submit(bg, g, func(ctx context.Context) (int, error) {
				pool.Outside(ctx, func() { <-goOn })
				return 1, nil
			})
			synctest.Wait()
		}
		pool.Submit(bg, inner, waitsFor(first))
		pool.Submit(bg, outer, waitsFor(second))
		synctest.Wait()
		close(goOn) // the outer group is full
		synctest.Wait()
		inner.SetLimit(1) // and so is the inner one
		close(second)
		synctest.Wait()
		if s := lend[1].State(); s != future.Succeeded {
			t.Errorf("a member of the outer group, which has room, is %v, want succeeded", s)
		}
		if s := lend[0].State(); s != future.Running {
			t.Errorf("a member of the inner group, which is full, is %v, want running", s)
		}
		close(first)
		wantValue(t, "the member of the inner group", lend[0], 1)
		p.Close()
	})
}

// A map over a full group makes room for a member that wants its slot back.
func TestReturnBesideAMap(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		goOn := make(chan struct{})
		lends := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			pool.Outside(ctx, func() { <-goOn })
			return 1, nil
		})
		synctest.Wait()
		began := time.Now()
		all := future.Go(bg, func(ctx context.Context) (int, error) {
			return 1, pool.ForN(ctx, g, 100, func(context.Context, int) error {
				time.Sleep(time.Second)
				return nil
			})
		})
		synctest.Wait()
		close(goOn)
		wantValue(t, "the member", lends, 1)
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("a member beside a map has its slot back after %v, want a few items of a second", d)
		}
		wantValue(t, "the map", all, 1)
		p.Close()
	})
}
