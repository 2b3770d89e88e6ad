package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that waits for a future.Set waits for what is added meanwhile, too: it lends its
// slot to that, whether it has lent it before or not.
func TestSetGrowsWhileTaskWaits(t *testing.T) {
	for name, first := range map[string]func(*pool.Pool) *intFuture{
		"a promise":      func(*pool.Pool) *intFuture { return future.NewPromise[int]().Future() },
		"a delayed task": func(p *pool.Pool) *intFuture { return pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				s := future.NewSet(first(p))
				next := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					f, err := s.Next(ctx)
					if err != nil {
						return 0, err
					}
					return f.Await(ctx)
				})
				synctest.Wait()
				s.Add(pool.Submit(bg, p, func(context.Context) (int, error) { return 7, nil }))
				synctest.Wait()
				if r, settled := next.Poll(); !settled || r.Value != 7 {
					t.Errorf("Next() in a task = %v, settled %v, want the future that was added", r, settled)
				}
				p.Stop(nil)
				p.Close()
			})
		})
	}
}
