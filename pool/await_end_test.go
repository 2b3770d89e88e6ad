package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A wait inside a task ends with the task's context, also if somebody has looked at that
// context after the pool's or the group's has ended, and before the pool was told.
func TestAwaitEndsThoughSomebodyLooked(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context) (*pool.Pool, pool.Executor){
		"pool": func(ctx context.Context) (*pool.Pool, pool.Executor) {
			p := pool.New(two, millrace.WithContext(ctx))
			return p, p
		},
		"group": func(ctx context.Context) (*pool.Pool, pool.Executor) {
			p := pool.New(two)
			return p, pool.NewGroup(ctx, p)
		},
	} {
		for range 20 {
			bubble.Run(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(bg)
				p, ex := end(ctx)
				gate := make(chan struct{})
				child := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil })
				var inner context.Context
				f := pool.Submit(bg, ex, func(ctx context.Context) (int, error) {
					inner = ctx
					return child.Await(ctx)
				})
				synctest.Wait()
				cancel(errBoom)
				_ = inner.Err()
				synctest.Wait()
				if r, ok := f.Poll(); !ok || !errors.Is(r.Err, future.ErrNotDone) || !errors.Is(r.Err, errBoom) {
					t.Errorf("%s: Poll() after the end of the context = %v, %v, want ErrNotDone with the cause", name, r, ok)
				}
				close(gate)
				p.Close()
			})
		}
	}
}
