package stream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A group is an executor: the stage's items are its members, in what they are
// bound by.
func TestGroupAsExecutor(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		r.run(func() {
			err := pool.Scope(bg, r.pool, func(ctx context.Context, g *pool.Group) error {
				got, err := stream.Map(stream.FromSeq(r.first(20)), g, r.same).Collect(ctx)
				want(t, "Map on a group", got, upTo(20), false)
				return err
			})
			if err != nil {
				t.Errorf("Scope() = %v, want nil", err)
			}
		})
	})
}

// The end of a group ends the stages that run on it, with its first error.
func TestGroupEndsMidway(t *testing.T) {
	for name, over := range map[string]func(s ints, g *pool.Group, fn func(context.Context, int) (int, error)) ints{
		"Map": func(s ints, g *pool.Group, fn func(context.Context, int) (int, error)) ints {
			return stream.Map(s, g, fn)
		},
		"unordered": func(s ints, g *pool.Group, fn func(context.Context, int) (int, error)) ints {
			return stream.Map(s, g, fn, millrace.Unordered())
		},
		"MapKeyed": func(s ints, g *pool.Group, fn func(context.Context, int) (int, error)) ints {
			return stream.MapKeyed(s, g, func(v int) int { return v }, fn)
		},
	} {
		inRig(t, 2, func(r *rig) {
			g := pool.NewGroup(bg, r.pool)
			var got []item[int]
			r.run(func() {
				pool.Go(bg, g, func(ctx context.Context) error {
					_ = sleep(ctx, 20*ms)
					return fault(7)
				})
				fn := func(ctx context.Context, v int) (int, error) { return v, sleep(ctx, ms) }
				got = gather(over(stream.FromSeq(numbers), g, fn).All(bg))
				if err := g.Wait(); err != fault(7) {
					t.Errorf("Wait() = %v, want fault 7", err)
				}
			})
			vs, errs := values(got)
			if len(errs) == 0 || !errors.Is(errs[len(errs)-1], future.ErrCancelled) || !errors.Is(errs[len(errs)-1], fault(7)) {
				t.Errorf("%s on a group that failed yields errors %v, want the last to be ErrCancelled and fault 7", name, errs)
			}
			if len(vs) == 0 || got[len(got)-1].err == nil {
				t.Errorf("%s on a group that failed yields %v, want items and a last error", name, got)
			}
		})
	}
}

// A group that was waited for takes no more.
func TestGroupAfterWait(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		g := pool.NewGroup(bg, r.pool)
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		var got []item[int]
		r.run(func() { got = gather(stream.Map(stream.FromSeq(numbers), g, r.same).All(bg)) })
		wantLast(t, "Map on a group after Wait", got, pool.ErrClosed)
	})
}

// A group's limit bounds the items at work of all stages that run on it.
func TestGroupLimit(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		var g gauge
		fn := func(_ context.Context, v int) (int, error) {
			defer g.enter()()
			time.Sleep(ms)
			return v, nil
		}
		r.run(func() {
			err := pool.Scope(bg, r.pool, func(ctx context.Context, group *pool.Group) error {
				s := stream.Map(stream.Map(stream.FromSeq(r.first(40)), group, fn), group, fn)
				got, err := s.Collect(ctx)
				want(t, "Map on a group", got, upTo(40), false)
				return err
			}, millrace.WithLimit(2))
			if err != nil {
				t.Errorf("Scope() = %v, want nil", err)
			}
		})
		if most := g.most.Load(); most != 2 {
			t.Errorf("two stages on a group with a limit of 2 have up to %d items at work, want 2", most)
		}
	})
}
