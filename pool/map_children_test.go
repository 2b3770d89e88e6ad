package pool_test

import (
	"context"
	"slices"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// What an item submits with its context belongs to that item, not to one before it that
// ran on the same worker and has ended.
func TestChildrenOfItems(t *testing.T) {
	for name, run := range map[string]func(pool.Executor, func(context.Context, int) (int, error)) error{
		"MapSlice": func(ex pool.Executor, fn func(context.Context, int) (int, error)) error {
			_, err := pool.MapSlice(bg, ex, make([]int, 20), fn)
			return err
		},
		"ForN": func(ex pool.Executor, fn func(context.Context, int) (int, error)) error {
			return pool.ForN(bg, ex, 20, func(ctx context.Context, i int) error { _, err := fn(ctx, i); return err })
		},
		"ForEach": func(ex pool.Executor, fn func(context.Context, int) (int, error)) error {
			return pool.ForEach(bg, ex, slices.Values(make([]int, 20)), func(ctx context.Context, i int) error { _, err := fn(ctx, i); return err })
		},
	} {
		for _, workers := range []int{1, 2} {
			t.Run(name, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(millrace.WithWorkers(workers))
					defer p.Close()
					g := pool.NewGroup(bg, p)
					err := run(g, func(ctx context.Context, _ int) (int, error) {
						return pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
							return pool.Submit(ctx, g, nop).Await(ctx)
						}).Await(ctx)
					})
					if waited := g.Wait(); err != nil || waited != nil {
						t.Errorf("%d workers: %v, and the group's Wait() = %v, want nil", workers, err, waited)
					}
				})
			})
		}
	}
}
