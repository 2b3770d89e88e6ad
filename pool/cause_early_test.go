package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// What ends a task does so at once, also if the contexts of other tasks come first and take their
// time. The task may return meanwhile. What runs below it ends because of what has ended the task, and
// not because it has returned.
func TestCauseBelowATaskThatReturnsBeforeItIsTold(t *testing.T) {
	for name, calls := range map[string]func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error){
		"a task": func(ctx context.Context, _ *pool.Pool, _ *pool.Group, body func(context.Context) error) { body(ctx) },
		"a child": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.Go(ctx, p, body).Await(context.WithoutCancel(ctx))
		},
		"a child of a child": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.Go(ctx, p, func(ctx context.Context) error {
				_, err := pool.Go(ctx, p, body).Await(context.WithoutCancel(ctx))
				return err
			}).Await(context.WithoutCancel(ctx))
		},
		"an item": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error { return body(ctx) })
		},
		"an item with options": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.MapSlice(ctx, p, []int{1}, func(ctx context.Context, _ int) (int, error) { return 1, body(ctx) },
				millrace.PerItem(func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithPriority(1)} }))
		},
		"an item of a map in an item": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error {
				return pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error { return body(ctx) })
			})
		},
		"a function of Join": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.Join(ctx, p, func(ctx context.Context) (int, error) { return 1, body(ctx) }, nop)
		},
		"a function of Join in an item": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error {
				_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) { return 1, body(ctx) }, nop)
				return err
			})
		},
		"an item of a map outside of tasks": func(_ context.Context, _ *pool.Pool, g *pool.Group, body func(context.Context) error) {
			go pool.ForN(bg, g, 1, func(ctx context.Context, _ int) error { return body(ctx) })
		},
		"a scope": func(ctx context.Context, p *pool.Pool, _ *pool.Group, body func(context.Context) error) {
			pool.Scope(ctx, p, func(ctx context.Context, _ *pool.Group) error { return body(ctx) })
		},
	} {
		for how, end := range map[string]func(p *pool.Pool, g *pool.Group, reason error){
			"Stop":   func(p *pool.Pool, _ *pool.Group, reason error) { p.Stop(reason) },
			"Cancel": func(_ *pool.Pool, g *pool.Group, reason error) { g.Cancel(reason) },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(millrace.WithWorkers(8))
					g := pool.NewGroup(bg, p)
					blocked, look := make(chan struct{}), make(chan struct{})
					slow := newTrap(func() { <-blocked })
					pool.Submit(slow, g, waitsFor(look))
					synctest.Wait()
					pending := pool.Submit(bg, g, nop, millrace.WithDelay(time.Hour))
					reason, returned := errors.New("reason"), false
					pool.Go(bg, g, func(ctx context.Context) error {
						calls(ctx, p, g, func(ctx context.Context) error {
							pool.Go(ctx, p, func(ctx context.Context) error {
								<-look
								<-ctx.Done()
								wantIs(t, "the cause below", context.Cause(ctx), reason)
								return nil
							})
							pending.Await(context.WithoutCancel(ctx))
							returned = true
							return nil
						})
						return nil
					})
					synctest.Wait()
					slow.set.Store(true)
					go end(p, g, reason)
					synctest.Wait()
					if !returned {
						t.Error("the function has not returned")
					}
					close(look)
					synctest.Wait()
					close(blocked)
					p.Close()
				})
			})
		}
	}
}
