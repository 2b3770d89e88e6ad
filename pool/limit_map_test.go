package pool_test

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// mapsOver are the maps that run n items over an executor, six at once.
var mapsOver = map[string]func(ex pool.Executor, n int, item func()){
	"ForN": func(ex pool.Executor, n int, item func()) {
		pool.ForN(bg, ex, n, func(context.Context, int) error { item(); return nil }, millrace.WithConcurrency(6))
	},
	"MapSlice": func(ex pool.Executor, n int, item func()) {
		pool.MapSlice(bg, ex, make([]int, n), func(context.Context, int) (int, error) { item(); return 0, nil }, millrace.WithConcurrency(6))
	},
	"Map": func(ex pool.Executor, n int, item func()) {
		drain(pool.Map(bg, ex, slices.Values(make([]int, n)), func(context.Context, int) (int, error) { item(); return 0, nil }, millrace.WithConcurrency(6)))
	},
	"Map, PerItem": func(ex pool.Executor, n int, item func()) {
		none := millrace.PerItem(func(int) []millrace.TaskOption { return nil })
		drain(pool.Map(bg, ex, slices.Values(make([]int, n)), func(context.Context, int) (int, error) { item(); return 0, nil }, none, millrace.WithConcurrency(6)))
	},
}

func drain(results iter.Seq2[int, error]) {
	for range results {
	}
}

// A limit that is lowered while a map runs holds for its items as soon as those that run
// have ended, and one that is raised at once.
func TestSetLimitUnderAMap(t *testing.T) {
	for name, run := range mapsOver {
		for _, nested := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(8))
				g := pool.NewGroup(bg, p, millrace.WithLimit(4))
				var ex pool.Executor = g
				if nested {
					ex = pool.NewGroup(bg, g)
				}
				var now atomic.Int32
				go run(ex, 30, func() { now.Add(1); time.Sleep(time.Second); now.Add(-1) })
				time.Sleep(500 * time.Millisecond)
				for _, limit := range []int{4, 1, 3, 2, 8} {
					g.SetLimit(limit)
					time.Sleep(time.Second)
					synctest.Wait()
					if got := int(now.Load()); got != min(limit, 6) {
						t.Errorf("%s: %d items run, want as many as the limit of %d lets", name, got, limit)
					}
				}
				p.Close()
			})
		}
	}
}

// A member that waits for the limit of a group takes turns with a map over it.
func TestMembersAndMapsTakeTurns(t *testing.T) {
	for name, run := range mapsOver {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(8))
			g := pool.NewGroup(bg, p, millrace.WithLimit(2))
			go run(g, 100, func() { time.Sleep(time.Second) })
			synctest.Wait()
			begin := time.Now()
			for range 3 {
				wantValue(t, "a member", pool.Submit(bg, g, nop), 1)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("%s: three members beside a map of 50 s took %v, want at most 10s", name, took)
			}
			p.Close()
		})
	}
}

// Two maps over one limited group take turns.
func TestMapsOverOneGroupTakeTurns(t *testing.T) {
	for name, run := range mapsOver {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(8))
			g := pool.NewGroup(bg, p, millrace.WithLimit(2))
			go run(g, 100, func() { time.Sleep(time.Second) })
			synctest.Wait()
			begin := time.Now()
			run(g, 4, func() { time.Sleep(time.Second) })
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("%s: four items beside a map of 50 s took %v, want at most 15s", name, took)
			}
			p.Close()
		})
	}
}
