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

// A wait that work outside of the pool may still end is no deadlock.
func TestNoDeadlockBesideOthers(t *testing.T) {
	k := millrace.WithKey("k")
	for name, other := range map[string]func(q *pool.Pool) *intFuture{
		"promise": func(*pool.Pool) *intFuture {
			promise := future.NewPromise[int]()
			time.AfterFunc(time.Second, func() { promise.Resolve(7) })
			return promise.Future()
		},
		"another pool": func(q *pool.Pool) *intFuture {
			return pool.Submit(bg, q, func(context.Context) (int, error) { time.Sleep(time.Second); return 7, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p, q := pool.New(one), pool.New(one)
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					return future.Any(ctx, pool.Submit(ctx, p, boom), pool.Submit(ctx, p, nop, k), other(q))
				}, k)
				wantValue(t, name, f, 7)
				p.Close()
				q.Close()
			})
		})
	}
}
