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

// Once that work has settled, and has not ended the wait, what is left may be a deadlock.
func TestDeadlockOnceOthersHaveSettled(t *testing.T) {
	k := millrace.WithKey("k")
	others := map[string]func(q *pool.Pool) *intFuture{
		"promise": func(*pool.Pool) *intFuture {
			promise := future.NewPromise[int]()
			time.AfterFunc(time.Second, func() { promise.Reject(errBoom) })
			return promise.Future()
		},
		"work elsewhere": func(*pool.Pool) *intFuture {
			promise := future.NewPromiseFunc[int](func(error) bool { return false })
			time.AfterFunc(time.Second, func() { promise.Reject(errBoom) })
			return promise.Future()
		},
		"another pool": func(q *pool.Pool) *intFuture {
			return pool.Submit(bg, q, func(context.Context) (int, error) { time.Sleep(time.Second); return 0, errBoom })
		},
	}
	for name, other := range others {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p, q := pool.New(one), pool.New(one)
				_, err := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					ctx, cancel := context.WithTimeout(ctx, time.Hour)
					defer cancel()
					last := other(q)
					s := future.NewSet(pool.Submit(ctx, p, nop, k), last)
					if f, err := s.Next(ctx); f != last {
						return 0, err
					}
					_, err := s.Next(ctx)
					return 0, err
				}, k).Await(bg)
				wantIs(t, "Next", err, future.ErrDeadlock)
				p.Close()
				q.Close()
			})
		})
	}
}
