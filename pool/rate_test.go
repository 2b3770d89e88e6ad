package pool_test

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// starts returns a task that notes when it starts.
func starts(at *[]time.Duration, begin time.Time) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		*at = append(*at, time.Since(begin))
		return 1, nil
	}
}

// A pool's rate spaces the starts of its tasks: a burst at once, then one every so often.
func TestRateOfAPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithRate(10, 2))
		var at []time.Duration
		begin := time.Now()
		for range 6 {
			pool.Submit(bg, p, starts(&at, begin))
		}
		p.Close()
		for i, want := range []time.Duration{0, 0, 100, 200, 300, 400} {
			if d := at[i] - want*time.Millisecond; d < 0 || d > time.Millisecond {
				t.Errorf("start %d after %v, want %d ms", i, at[i], want)
			}
		}
	})
}

// A group's rate holds back no other task, and those that wait for it hold no slot, no weight
// and no turn of a key.
func TestRateOfAGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithMaxWeight(1))
		g := pool.NewGroup(bg, p, millrace.WithRate(1, 1))
		var at []time.Duration
		begin := time.Now()
		for range 3 {
			pool.Submit(bg, g, starts(&at, begin), millrace.WithWeight(1))
		}
		synctest.Wait()
		wantValue(t, "a task beside the group", pool.Submit(bg, p, nop), 1)
		if took := time.Since(begin); took > 0 {
			t.Errorf("a task beside the group waits for %v, want 0", took)
		}
		if s := stats(t, p); s.Running != 0 || s.Weight != 0 || s.Queued != 2 {
			t.Errorf("Stats() = %+v, want nothing that runs and two queued", s)
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		for i := range at {
			if d := at[i] - time.Duration(i)*time.Second; d < 0 || d > time.Millisecond {
				t.Errorf("member %d starts after %v, want one a second", i, at[i])
			}
		}
		p.Close()
	})
}

// Items of maps count, and what waits for the rate can be cancelled at once.
func TestRateOfMapsAndCancel(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithRate(10, 1))
		begin := time.Now()
		in := []int{1, 2, 3, 4, 5}
		if _, err := pool.MapSlice(bg, p, in, func(_ context.Context, v int) (int, error) { return v, nil }); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 400*time.Millisecond {
			t.Errorf("5 items at 10 a second took %v, want at least 400ms", took)
		}
		f := pool.Submit(bg, p, nop)
		g := pool.Submit(bg, p, nop)
		if !g.Cancel() {
			t.Error("Cancel() of a task that waits for the rate = false")
		}
		f.Await(bg)
		p.Close()
	})
}

// The end of the submit context, Stop and Drop reach what waits for a group's rate.
func TestRateEnds(t *testing.T) {
	for name, end := range map[string]func(p *pool.Pool, cancel func()){
		"cancel": func(_ *pool.Pool, cancel func()) { cancel() },
		"Stop":   func(p *pool.Pool, _ func()) { p.Stop(errBoom) },
		"Drop":   func(p *pool.Pool, _ func()) { p.Drop(errBoom) },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			g := pool.NewGroup(bg, p, millrace.WithRate(0.001, 1), millrace.IgnoreErrors())
			ctx, cancel := context.WithCancel(bg)
			defer cancel()
			pool.Submit(ctx, g, nop).Await(bg)
			waits := pool.Submit(ctx, g, nop)
			synctest.Wait()
			begin := time.Now()
			end(p, cancel)
			waits.Await(bg)
			if s := waits.State(); s != future.Cancelled || time.Since(begin) > 0 {
				t.Errorf("%s: the task is %v after %v, want cancelled at once", name, s, time.Since(begin))
			}
			p.Close()
		})
	}
}

// Items that panic keep to the rate, too.
func TestRateOfItemsThatPanic(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithRate(10, 1))
		defer p.Close()
		var at []time.Duration
		start := starts(&at, time.Now())
		for range pool.Map(bg, p, slices.Values(numbers(4)), func(ctx context.Context, _ int) (int, error) {
			start(ctx)
			panic("boom")
		}) {
		}
		for i, d := range at {
			if want := time.Duration(i) * 100 * time.Millisecond; d < want {
				t.Errorf("item %d has started after %v, want %v", i, d, want)
			}
		}
	})
}

// So many tasks start a second, of a pool and of a group, after a burst.
func TestRateOfPoolAndGroup(t *testing.T) {
	for name, on := range map[string]func() (*pool.Pool, pool.Executor){
		"pool": func() (*pool.Pool, pool.Executor) {
			p := pool.New(two, millrace.WithRate(10, 2))
			return p, p
		},
		"group": func() (*pool.Pool, pool.Executor) {
			p := pool.New(two)
			return p, pool.NewGroup(bg, p, millrace.WithRate(10, 2))
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, ex := on()
			start := time.Now()
			var at []time.Duration
			for range 5 {
				pool.Go(bg, ex, func(context.Context) error {
					at = append(at, time.Since(start).Round(10*time.Millisecond))
					return nil
				}, millrace.WithKey("one at a time"))
			}
			p.Close()
			for i, want := range []time.Duration{0, 0, 100, 200, 300} {
				if i >= len(at) || at[i] != want*time.Millisecond {
					t.Fatalf("%s: tasks start after %v, want 0, 0, 100ms, 200ms, 300ms", name, at)
				}
			}
		})
	}
}

// A start comes the nanosecond its token is there, at rates that no duration divides, too.
func TestRateIsExact(t *testing.T) {
	for _, perSecond := range []float64{3, 7, 10, 30, 1000.0 / 3, 7e5} {
		for name, on := range rated {
			bubble.Run(t, func(t *testing.T) {
				p, ex := on(millrace.WithRate(perSecond, 1))
				var at []time.Duration
				begin := time.Now()
				for range 100 {
					pool.Submit(bg, ex, starts(&at, begin))
				}
				p.Close()
				for i, got := range at {
					want := time.Duration(math.Floor(float64(i) / perSecond * 1e9))
					if late := got - want; late < 0 || late > time.Duration(i+1) {
						t.Fatalf("%s at %v a second: start %d after %v, want %v", name, perSecond, i, got, want)
					}
				}
			})
		}
	}
}

// rated makes a pool, or a group, with a rate.
var rated = map[string]func(rate millrace.RateOption) (*pool.Pool, pool.Executor){
	"pool": func(rate millrace.RateOption) (*pool.Pool, pool.Executor) {
		p := pool.New(one, rate)
		return p, p
	},
	"group": func(rate millrace.RateOption) (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(bg, p, rate)
	},
}

// Members that may start, and find no slot, start when there is one: as many as the burst
// allows.
func TestRateOfMembersWithoutSlots(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(5))
		g := pool.NewGroup(bg, p, millrace.WithRate(1, 3))
		submitMany(bg, g, 3)
		var mu sync.Mutex
		var at []time.Duration
		begin := time.Now()
		for range 5 {
			pool.Go(bg, g, func(context.Context) error {
				mu.Lock()
				at = append(at, time.Since(begin))
				mu.Unlock()
				time.Sleep(time.Minute)
				return nil
			})
		}
		release := blocker(p, 5)
		time.Sleep(10 * time.Second)
		release()
		p.Close()
		for i, want := range []time.Duration{10, 10, 10, 11, 12} {
			if at[i] != want*time.Second {
				t.Fatalf("members start after %v, want 10s, 10s, 10s, 11s, 12s", at)
			}
		}
	})
}

// A member that may start and finds another group full leaves its start to the next.
func TestRateIsNotWasted(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		outer := pool.NewGroup(bg, p, millrace.WithRate(1, 1))
		inner := pool.NewGroup(bg, outer, millrace.WithLimit(1))
		begin := time.Now()
		member := func(g *pool.Group, want, runs time.Duration) {
			pool.Go(bg, g, func(context.Context) error {
				if at := time.Since(begin); at != want*time.Second {
					t.Errorf("a member starts after %v, want %d s", at, want)
				}
				time.Sleep(runs * time.Second)
				return nil
			})
		}
		member(outer, 0, 0)
		member(inner, 1, 10)
		member(inner, 11, 0)
		member(outer, 2, 0)
		p.Close()
		wantSucceeded(t, p, 4)
	})
}

// The function of Join that is a task starts by the rate, whoever runs it.
func TestRateOfJoin(t *testing.T) {
	for _, workers := range []int{1, 2} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(workers), millrace.WithRate(1, 1))
			begin := time.Now()
			f := pool.Go(bg, p, func(ctx context.Context) error {
				time.Sleep(time.Second)
				for range 3 {
					if _, _, err := pool.Join(ctx, p, nop, nop); err != nil {
						return err
					}
				}
				return nil
			})
			if _, err := f.Await(bg); err != nil || time.Since(begin) != 3*time.Second {
				t.Errorf("%d workers: three calls of Join, the first of which finds that a task may start, take until %v (%v), want 3s", workers, time.Since(begin), err)
			}
			p.Close()
		})
	}
}
