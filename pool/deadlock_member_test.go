package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A wait for members that wait for the task which begins it, with contexts that nothing ends: the
// waits of the members fail, so they end, and then the wait does.
func TestDeadlockOfMembers(t *testing.T) {
	later := func() { time.Sleep(time.Second) }
	type function = func(context.Context) (int, error)
	scope := func(ctx context.Context, p *pool.Pool, member function) error {
		return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			pool.Submit(ctx, g, member)
			later()
			return nil
		})
	}
	for how, run := range map[string]func(context.Context, *pool.Pool, function) error{
		"Join": func(ctx context.Context, p *pool.Pool, member function) error {
			_, _, err := pool.Join(ctx, p, member, func(context.Context) (int, error) { later(); return 0, nil })
			return err
		},
		"Scope": scope,
		"Scope in a member of a scope": func(ctx context.Context, p *pool.Pool, member function) error {
			return scope(ctx, p, func(ctx context.Context) (int, error) { return 0, scope(ctx, p, member) })
		},
		"MapSlice": func(ctx context.Context, p *pool.Pool, member function) error {
			_, err := pool.MapSlice(ctx, p, []int{0, 1}, func(ctx context.Context, i int) (int, error) {
				if i == 0 {
					return member(ctx)
				}
				later()
				return 0, nil
			})
			return err
		},
	} {
		for on, ofKey := range map[string]bool{"the task": false, "a task of its key": true} {
			t.Run(how+" for "+on, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(millrace.WithWorkers(4))
					ready := make(chan struct{})
					var self *future.Future[struct{}]
					var other *intFuture
					self = pool.Go(bg, p, func(ctx context.Context) error {
						<-ready
						return run(ctx, p, func(ctx context.Context) (int, error) {
							if ofKey {
								return other.Await(context.WithoutCancel(ctx))
							}
							_, err := self.Await(context.WithoutCancel(ctx))
							return 0, err
						})
					}, millrace.WithKey("k"))
					other = pool.Submit(bg, p, nop, millrace.WithKey("k"))
					close(ready)
					_, err := self.Await(bg)
					wantIs(t, how, err, future.ErrDeadlock)
					if err := p.Close(); err != nil {
						t.Errorf("Close() = %v", err)
					}
				})
			})
		}
	}
}
