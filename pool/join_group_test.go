package pool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// What a function of Join submits to the group of the caller ends with Join, whether the
// caller runs that function or a worker does.
func TestJoinEndsMembers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for _, over := range []string{"the pool", "the group"} {
			p := pool.New(two)
			var children [2]*intFuture
			err := pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
				ex := map[string]pool.Executor{"the pool": p, "the group": g}[over]
				pool.Go(ctx, g, func(ctx context.Context) error {
					function := func(i int) func(context.Context) (int, error) {
						return func(ctx context.Context) (int, error) {
							children[i] = pool.Submit(context.WithValue(ctx, key{}, i), g, untilEnd)
							time.Sleep(time.Second) // so that a worker takes the other function
							return i, nil
						}
					}
					_, _, err := pool.Join(ctx, ex, function(0), function(1))
					return err
				})
				return nil
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("over %s: Scope() = %v, want nil or the end of a child", over, err)
			}
			for i, f := range children {
				if _, err := f.Await(bg); !errors.Is(err, future.ErrTaskEnded) {
					t.Errorf("over %s: the child of function %d ends with %v, want ErrTaskEnded", over, i, err)
				}
			}
			p.Close()
		}
	})
}
