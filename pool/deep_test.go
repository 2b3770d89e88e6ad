package pool_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Close lets in what a running task of the pool submits by way of tasks of another one,
// however many tasks its own context is below.
func TestCloseLetsInFromDeepBelow(t *testing.T) {
	for depth := range 70 {
		bubble.Run(t, func(t *testing.T) {
			p, q := pool.New(millrace.WithWorkers(2)), pool.New(millrace.WithWorkers(100))
			var down func(ctx context.Context, left int) (int, error)
			through := func(ctx context.Context) (int, error) {
				p.Seal()
				return pool.Submit(ctx, q, func(ctx context.Context) (int, error) {
					return pool.Submit(ctx, p, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
				}).Await(ctx)
			}
			down = func(ctx context.Context, left int) (int, error) {
				if left == 0 {
					return pool.Submit(ctx, p, through).Await(ctx)
				}
				return pool.Submit(ctx, q, func(ctx context.Context) (int, error) { return down(ctx, left-1) }).Await(ctx)
			}
			if v, err := down(bg, depth); v != 1 || err != nil {
				t.Errorf("below %d tasks: %v, %v, want 1", depth, v, err)
			}
			p.Close()
			q.Close()
		})
		if t.Failed() {
			break
		}
	}
}
