package stream_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A timeout is that of each item, from when it is at work.
func TestTimeoutOfItems(t *testing.T) {
	for name, over := range map[string]func(s ints, p *pool.Pool, fn func(context.Context, int) (int, error)) ints{
		"Map": func(s ints, p *pool.Pool, fn func(context.Context, int) (int, error)) ints {
			return stream.Map(s, p, fn, millrace.WithTimeout(10*ms))
		},
		"MapKeyed": func(s ints, p *pool.Pool, fn func(context.Context, int) (int, error)) ints {
			return stream.MapKeyed(s, p, func(int) int { return 0 }, fn, millrace.WithTimeout(10*ms))
		},
	} {
		inRig(t, 1, func(r *rig) {
			times := []time.Duration{9 * ms, time.Second, 9 * ms}
			var got []item[int]
			r.run(func() {
				got = gather(over(stream.FromSlice(upTo(3)), r.pool, func(ctx context.Context, v int) (int, error) {
					return v, sleep(ctx, times[v])
				}).All(bg))
			})
			var late *future.TimeoutError
			vs, errs := values(got)
			if !slices.Equal(vs, []int{0, 2}) || len(errs) != 1 || !errors.As(errs[0], &late) || late.After != 10*ms {
				t.Errorf("%s(WithTimeout(10ms)) yields %v, want 0, a TimeoutError and 2", name, got)
			}
		})
	}
}

// Items with one key are at work one at a time, though there are workers for
// more.
func TestKeyOfItems(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		var g gauge
		s := stream.Map(stream.FromSlice(upTo(10)), r.pool, func(_ context.Context, v int) (int, error) {
			defer g.enter()()
			time.Sleep(ms)
			return v, nil
		}, millrace.WithKey("key"))
		r.run(func() { want(t, "Map(WithKey)", must(s.Collect(bg)), upTo(10), false) })
		if most := g.most.Load(); most != 1 {
			t.Errorf("items with one key are at work up to %d at once, want 1", most)
		}
	})
}

// Items weigh what they are said to, each.
func TestWeightOfItems(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(6), millrace.WithIdleTimeout(0))
		var g gauge
		s := stream.Map(stream.FromSlice(upTo(10)), p, func(_ context.Context, v int) (int, error) {
			defer g.enter()()
			time.Sleep(ms)
			return v, nil
		}, millrace.WithWeight(3))
		r.run(func() { want(t, "Map(WithWeight(3))", must(s.Collect(bg)), upTo(10), false) })
		if most := g.most.Load(); most != 2 {
			t.Errorf("of items of weight 3, up to %d are at work on a pool for 6, want 2", most)
		}
		heavy := stream.Map(stream.FromSlice(upTo(10)), p, r.same, millrace.WithWeight(7))
		var got []item[int]
		r.run(func() { got = gather(heavy.All(bg)) })
		wantLast(t, "Map(WithWeight(7)) on a pool for 6", got, pool.ErrTooHeavy)
	})
}

// Items have a place among the pool's tasks: those of a higher priority come
// before the next of them, those of the same after a few, lower ones after all.
func TestPriorityOfItems(t *testing.T) {
	for _, priorities := range [][]int{{0, 1}, {-1}} {
		inRig(t, 1, func(r *rig) {
			place := make(map[int]int)
			begun := 0
			fn := func(_ context.Context, v int) (int, error) {
				if begun++; v == 0 {
					for _, priority := range priorities {
						pool.Go(bg, r.pool, func(context.Context) error {
							place[priority] = begun
							return nil
						}, millrace.WithPriority(priority))
					}
				}
				time.Sleep(ms)
				return v, nil
			}
			r.run(func() {
				want(t, "Map", must(stream.Map(stream.FromSlice(upTo(30)), r.pool, fn).Collect(bg)), upTo(30), false)
			})
			if err := r.pool.Close(); err != nil {
				t.Errorf("Close() = %v, want nil", err)
			}
			for _, priority := range priorities {
				least := map[int]int{1: 1, 0: 1, -1: 30}[priority]
				most := map[int]int{1: 1, 0: 5, -1: 30}[priority]
				if got := place[priority]; got < least || got > most {
					t.Errorf("beside 30 items of priority 0 a task of %d runs after %d of them, want after %d to %d", priority, got, least, most)
				}
			}
		})
	}
}
