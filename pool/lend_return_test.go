package pool_test

import (
	"context"
	"testing"

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
