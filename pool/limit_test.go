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

// measured submits n tasks that take a second each and are in the gauge.
func measured(ex pool.Executor, n int, g *gauge) []*intFuture {
	return submitAll(bg, ex, n, func(context.Context) (int, error) {
		g.add(1)
		defer g.add(-1)
		time.Sleep(time.Second)
		return 1, nil
	})
}

// At most so many members run at once, and that many do.
func TestLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 5} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4))
			g := pool.NewGroup(bg, p, millrace.WithLimit(limit))
			var running gauge
			begin := time.Now()
			measured(g, 10, &running)
			if err := g.Wait(); err != nil {
				t.Errorf("Wait() = %v, want nil", err)
			}
			most := min(limit, 4)
			if got := running.peak.Load(); got != int64(most) {
				t.Errorf("limit %d: %d at once, want %d", limit, got, most)
			}
			if took, want := time.Since(begin), time.Duration((10+most-1)/most)*time.Second; took != want {
				t.Errorf("limit %d: took %v, want %v", limit, took, want)
			}
			p.Close()
		})
	}
}

// Members that wait for the limit are pending, hold no slot, and hold back
// no task: neither those behind them nor those of lower priority.
func TestLimitHoldsNoSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		var running gauge
		members := measured(g, 3, &running)
		wantValue(t, "no member", pool.Submit(bg, p, nop, millrace.WithPriority(-1)), 1)
		if s := stats(t, p); s.Running != 1 || s.Queued != 2 {
			t.Errorf("Stats() = %+v, want 1 running, 2 queued", s)
		}
		if !members[1].Cancel() {
			t.Error("Cancel() of a member that waits = false, want true")
		}
		wantIs(t, "Wait()", g.Wait(), future.ErrCancelled)
		wantNeverRan(t, "the cancelled member", members[1])
		wantValue(t, "the one behind it", members[2], 1)
		p.Close()
	})
}

// Of nested limits the tightest holds, whichever it is, and the outer one is
// shared by its groups.
func TestLimitNested(t *testing.T) {
	for _, c := range []struct{ outer, inner, want int }{{1, 3, 1}, {3, 1, 1}, {2, 3, 2}, {3, 3, 3}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(8))
			outer := pool.NewGroup(bg, p, millrace.WithLimit(c.outer))
			inner := pool.NewGroup(bg, pool.NewGroup(bg, outer), millrace.WithLimit(c.inner))
			var running gauge
			measured(inner, 9, &running)
			outer.Wait()
			inner.Wait()
			if got := running.peak.Load(); got != int64(c.want) {
				t.Errorf("limits %d and %d: %d at once, want %d", c.outer, c.inner, got, c.want)
			}
			p.Close()
		})
	}
}

// Two groups with limits over one with another.
func TestLimitShared(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		outer := pool.NewGroup(bg, p, millrace.WithLimit(3))
		a, b := pool.NewGroup(bg, outer, millrace.WithLimit(2)), pool.NewGroup(bg, outer, millrace.WithLimit(2))
		var all, inA, inB gauge
		for _, c := range []struct {
			g *pool.Group
			n *gauge
		}{{a, &inA}, {b, &inB}, {outer, new(gauge)}} {
			submitAll(bg, c.g, 6, func(context.Context) (int, error) {
				all.add(1)
				c.n.add(1)
				time.Sleep(time.Second)
				c.n.add(-1)
				all.add(-1)
				return 1, nil
			})
		}
		outer.Wait()
		a.Wait()
		b.Wait()
		inA.want(t, "members of a", 2)
		inB.want(t, "members of b", 2)
		if got := all.peak.Load(); got != 3 {
			t.Errorf("%d members at once, want 3", got)
		}
		p.Close()
	})
}

// A member that waits for another one lends its place in the limit too.
func TestLimitInTask(t *testing.T) {
	for _, workers := range []int{1, 4} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(workers))
			g := pool.NewGroup(bg, p, millrace.WithLimit(1))
			var running gauge
			var nest func(depth int) func(context.Context) (int, error)
			nest = func(depth int) func(context.Context) (int, error) {
				return func(ctx context.Context) (int, error) {
					running.add(1)
					defer running.add(-1)
					if depth == 0 {
						return 1, nil
					}
					f := pool.Submit(ctx, g, nest(depth-1))
					running.add(-1)
					v, err := f.Await(ctx)
					running.add(1)
					return v + 1, err
				}
			}
			wantValue(t, "the recursion", pool.Submit(bg, g, nest(50)), 51)
			g.Wait()
			running.want(t, "members", 1)
			p.Close()
		})
	}
}

// A Scope takes the limit as well, and a map over a limited group keeps it.
func TestLimitOfScopeAndMap(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		var inScope, inMap gauge
		err := pool.Scope(bg, p, func(_ context.Context, g *pool.Group) error {
			measured(g, 6, &inScope)
			return nil
		}, millrace.WithLimit(2))
		if err != nil || inScope.peak.Load() != 2 {
			t.Errorf("Scope() = %v with %d at once, want 2", err, inScope.peak.Load())
		}
		g := pool.NewGroup(bg, p, millrace.WithLimit(2))
		err = pool.ForEach(bg, g, count(6), func(context.Context, int) error {
			inMap.add(1)
			defer inMap.add(-1)
			time.Sleep(time.Second)
			return nil
		}, millrace.WithConcurrency(4))
		if err != nil || inMap.peak.Load() != 2 {
			t.Errorf("ForEach() over a limited group = %v with %d at once, want 2", err, inMap.peak.Load())
		}
		g.Wait()
		p.Close()
	})
}

// When members end in whatever way, their places are free again.
func TestLimitOfUnusualEnds(t *testing.T) {
	for name, c := range unusual {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			g := pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.CollectErrors())
			pool.Submit(bg, g, c.fn)
			pool.Submit(bg, g, c.fn)
			wantValue(t, name, pool.Submit(bg, g, nop), 1)
			synctest.Wait()
			g.Wait()
			p.Close()
		})
	}
}
