package pool_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Items of a map that the pool, or a group, does not take count nowhere: Stats include those that
// have started.
func TestStatsOfItemsThatNeverStart(t *testing.T) {
	executors := map[string]func(p *pool.Pool) pool.Executor{
		"sealed":  func(p *pool.Pool) pool.Executor { p.Seal(); return p },
		"stopped": func(p *pool.Pool) pool.Executor { p.Stop(errBoom); return p },
		"cancelled": func(p *pool.Pool) pool.Executor {
			g := pool.NewGroup(bg, p)
			g.Cancel(errBoom)
			return g
		},
		"over a cancelled one": func(p *pool.Pool) pool.Executor {
			g := pool.NewGroup(bg, p)
			over := pool.NewGroup(bg, g)
			g.Cancel(errBoom)
			return over
		},
	}
	options := map[string][]millrace.MapOption{
		"plain":   nil,
		"of keys": {millrace.WithKey("one")},
		"delayed": {millrace.WithDelay(1)},
		"heavy":   {millrace.WithWeight(2)},
	}
	for what, ended := range executors {
		for kind, opts := range options {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two, millrace.WithMaxWeight(2))
				ex := ended(p)
				_, err := pool.MapSlice(bg, ex, []int{1, 2, 3}, func(context.Context, int) (int, error) {
					t.Error("an item has run")
					return 0, nil
				}, opts...)
				if err == nil {
					t.Errorf("%s: MapSlice() of %s items = nil, want an error", what, kind)
				}
				if s := stats(t, p); s.Submitted+s.Cancelled+s.Refused != 0 {
					t.Errorf("%s: Stats() after %s items = %+v, want none of them", what, kind, s)
				}
				if g, ok := ex.(*pool.Group); ok {
					if s := g.Stats(); s.Submitted+s.Cancelled+s.Refused != 0 {
						t.Errorf("%s: Stats() of the group after %s items = %+v, want none of them", what, kind, s)
					}
				}
				p.Close()
			})
		}
	}
}
