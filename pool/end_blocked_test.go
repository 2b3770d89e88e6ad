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

// What a blocked submitter waits with never runs once its context has ended, though a slot
// comes free before anybody has been told of that end.
func TestEndOfContextWhileBlockedIsAtOnce(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error), o millrace.TaskOption){
		"submit context": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error), o millrace.TaskOption) {
			pool.Submit(ctx, p, fn, o)
		},
		"group": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error), o millrace.TaskOption) {
			g := pool.NewGroup(ctx, p)
			pool.Submit(bg, g, fn, o)
			_ = g.Wait()
		},
	} {
		for _, o := range []millrace.Overflow{millrace.Block, millrace.CallerRuns} {
			for range 50 {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(two, millrace.WithQueue(0), millrace.WithMaxWeight(1))
					release := blocker(p, 1)
					ctx, cancel := context.WithCancel(bg)
					done := ran(func() {
						call(ctx, p, func(context.Context) (int, error) {
							t.Errorf("%s, %v: the task ran after the end of its context", name, o)
							return 1, nil
						}, millrace.WithOverflow(o))
					})
					synctest.Wait()
					cancel()
					release()
					synctest.Wait()
					if s := stats(t, p); !done() || s.Cancelled != 1 || s.Blocked != 0 {
						t.Errorf("%s, %v: Submit has returned: %v, Stats() = %+v", name, o, done(), s)
					}
					p.Close()
				})
			}
		}
	}
}

// A submitter of a group that gives up while it is blocked: its task counts in the group's
// Stats, and the group's Wait does not say that all was done.
func TestEndOfContextWhileBlockedIsTheGroups(t *testing.T) {
	for name, o := range map[string]millrace.GroupOption{"the first error": nil, "all errors": millrace.CollectErrors()} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(millrace.WithQueue(0))
			defer p.Close()
			defer release()
			outer := pool.NewGroup(bg, p)
			g := pool.NewGroup(bg, outer, o)
			ctx, cancel := context.WithCancelCause(bg)
			go pool.Submit(ctx, g, nop)
			synctest.Wait()
			cancel(errBoom)
			synctest.Wait()
			for _, g := range []*pool.Group{g, outer} {
				if s := g.Stats(); s.Submitted != 1 || s.Cancelled != 1 {
					t.Errorf("%s: Stats() = %+v, want 1 submitted and cancelled", name, s)
				}
				if err := g.Wait(); !errors.Is(err, errBoom) || !errors.Is(err, future.ErrCancelled) {
					t.Errorf("%s: Wait() = %v, want why the task never ran", name, err)
				}
			}
		})
	}
}
