package pool_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The largest numbers are large numbers, on every entry point.
func TestLargestNumbers(t *testing.T) {
	in := make([]int, 100)
	item := func(_ context.Context, i int) (int, error) { return i, nil }
	for name, work := range map[string]func(p *pool.Pool, ctx context.Context, opts ...millrace.MapOption) error{
		"Map": func(p *pool.Pool, ctx context.Context, opts ...millrace.MapOption) error {
			for _, err := range pool.Map(ctx, p, slices.Values(in), item, opts...) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"MapSlice": func(p *pool.Pool, ctx context.Context, opts ...millrace.MapOption) error {
			_, err := pool.MapSlice(ctx, p, in, item, opts...)
			return err
		},
		"ForEach": func(p *pool.Pool, ctx context.Context, opts ...millrace.MapOption) error {
			return pool.ForEach(ctx, p, slices.Values(in), func(context.Context, int) error { return nil }, opts...)
		},
		"ForN": func(p *pool.Pool, ctx context.Context, opts ...millrace.MapOption) error {
			return pool.ForN(ctx, p, len(in), func(context.Context, int) error { return nil }, opts...)
		},
		"Submit": func(p *pool.Pool, ctx context.Context, _ ...millrace.MapOption) error {
			for range in {
				if _, err := pool.Submit(ctx, p, nop, millrace.WithPriority(math.MaxInt)).Await(ctx); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				most := func(n int) []millrace.PoolOption {
					return []millrace.PoolOption{
						millrace.WithWorkers(n), millrace.WithQueue(math.MaxInt), millrace.WithMaxWeight(math.MaxInt64),
						millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }),
					}
				}
				p, resized := pool.New(most(math.MaxInt)...), pool.New(most(1)...)
				resized.Resize(math.MaxInt)
				for what, p := range map[string]*pool.Pool{"WithWorkers(MaxInt)": p, "Resize(MaxInt)": resized} {
					for range 2 {
						if err := work(p, bg, millrace.WithConcurrency(math.MaxInt), millrace.WithWindow(math.MaxInt)); err != nil {
							t.Errorf("%s = %v, want nil", what, err)
						}
					}
					// Two levels of lending.
					f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
						return pool.Submit(ctx, p, func(ctx context.Context) (int, error) { return 1, work(p, ctx) }).Await(ctx)
					}, millrace.WithWeight(math.MaxInt64))
					wantValue(t, what+", two levels down", f, 1)
					p.Close()
				}
			})
		})
	}
}

// A limit of the largest number, and a group that gets it.
func TestLargestLimit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(math.MaxInt))
		g := pool.NewGroup(bg, p, millrace.WithLimit(math.MaxInt))
		for _, f := range submitMany(bg, g, 10) {
			wantValue(t, "a member", f, 1)
		}
		g.SetLimit(1)
		g.SetLimit(math.MaxInt)
		for _, f := range submitMany(bg, g, 10) {
			wantValue(t, "a member after SetLimit", f, 1)
		}
		g.Wait()
		p.Close()
	})
}

// DropOldest drops the lowest priority there is before all others, and the highest last.
func TestDropOfExtremePriorities(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(3), millrace.WithOverflow(millrace.DropOldest))
		plain := pool.Submit(bg, p, nop)
		lowest := pool.Submit(bg, p, nop, millrace.WithPriority(math.MinInt))
		highest := pool.Submit(bg, p, nop, millrace.WithPriority(math.MaxInt))
		pool.Submit(bg, p, nop, millrace.WithPriority(1))
		wantNeverRan(t, "the lowest", lowest, pool.ErrQueueFull)
		pool.Submit(bg, p, nop, millrace.WithPriority(1))
		wantNeverRan(t, "the plain one", plain, pool.ErrQueueFull)
		release()
		wantValue(t, "the highest", highest, 1)
		p.Close()
	})
}
