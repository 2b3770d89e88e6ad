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
	settle := func(promise *future.Promise[int], err error) *intFuture {
		time.AfterFunc(time.Second, func() { _ = err == nil && promise.Resolve(0) || promise.Reject(err) })
		return promise.Future()
	}
	others := map[string]func(q *pool.Pool, err error) *intFuture{
		"promise": func(_ *pool.Pool, err error) *intFuture { return settle(future.NewPromise[int](), err) },
		"work elsewhere": func(_ *pool.Pool, err error) *intFuture {
			return settle(future.NewPromiseFunc[int](func(error) bool { return false }), err)
		},
		"another pool": func(q *pool.Pool, err error) *intFuture {
			return pool.Submit(bg, q, func(context.Context) (int, error) { time.Sleep(time.Second); return 0, err })
		},
	}
	waits := map[string]struct {
		settles error // what the other one does, which does not end the wait
		wait    func(ctx context.Context, own, other *intFuture) error
	}{
		"Next": {errBoom, func(ctx context.Context, own, other *intFuture) error {
			s := future.NewSet(own, other)
			if f, err := s.Next(ctx); f != other {
				return err
			}
			_, err := s.Next(ctx)
			return err
		}},
		"Any": {errBoom, func(ctx context.Context, own, other *intFuture) error {
			_, err := future.Any(ctx, own, other)
			return err
		}},
		"All": {nil, func(ctx context.Context, own, other *intFuture) error {
			_, err := future.All(ctx, own, other)
			return err
		}},
		"Wait": {nil, func(ctx context.Context, own, other *intFuture) error {
			_, _, err := future.Wait(ctx, future.FirstFailed, own, other)
			return err
		}},
	}
	for what, w := range waits {
		for name, other := range others {
			t.Run(what+" "+name, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p, q := pool.New(one), pool.New(one)
					_, err := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
						ctx, cancel := context.WithTimeout(ctx, time.Hour)
						defer cancel()
						return 0, w.wait(ctx, pool.Submit(ctx, p, nop, k), other(q, w.settles))
					}, k).Await(bg)
					wantIs(t, what, err, future.ErrDeadlock)
					p.Close()
					q.Close()
				})
			})
		}
	}
}
