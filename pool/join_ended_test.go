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

// joinEnds are what ends the context of a function of Join while it runs and looks at nothing.
// The task that calls Join is submitted to what prepare returns, with the options there.
var joinEnds = map[string]struct {
	cause   error
	options []millrace.TaskOption
	prepare func(p *pool.Pool) (ex pool.Executor, end func(self *intFuture))
}{
	"Abort": {cause: errBoom, prepare: func(p *pool.Pool) (pool.Executor, func(*intFuture)) {
		return p, func(self *intFuture) { self.Abort(errBoom) }
	}},
	"a timeout": {
		cause: context.DeadlineExceeded, options: []millrace.TaskOption{millrace.WithTimeout(time.Second)},
		prepare: func(p *pool.Pool) (pool.Executor, func(*intFuture)) {
			return p, func(*intFuture) { time.Sleep(time.Minute) }
		},
	},
	"the group's context": {cause: errBoom, prepare: func(p *pool.Pool) (pool.Executor, func(*intFuture)) {
		ctx, cancel := context.WithCancelCause(bg)
		return pool.NewGroup(ctx, p), func(*intFuture) { cancel(errBoom) }
	}},
	"Cancel of the group": {cause: errBoom, prepare: func(p *pool.Pool) (pool.Executor, func(*intFuture)) {
		g := pool.NewGroup(bg, p)
		return g, func(*intFuture) { g.Cancel(errBoom) }
	}},
}

// A function of Join that has not begun when the context ends never runs, and neither does
// one of a further Join below: the recursion is over, whoever looks at contexts.
func TestJoinIsOverAtOnce(t *testing.T) {
	ran := func(t *testing.T, what string) func(context.Context) (int, error) {
		return func(context.Context) (int, error) {
			t.Errorf("%s runs after the end of its context", what)
			return 0, nil
		}
	}
	for name, c := range joinEnds {
		for _, depth := range []int{0, 1, 5} {
			t.Run(name, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(one)
					ex, end := c.prepare(p)
					var me *intFuture
					var nest func(n int) func(context.Context) (int, error)
					nest = func(n int) func(context.Context) (int, error) {
						return func(ctx context.Context) (int, error) {
							if n > 0 {
								_, _, err := pool.Join(ctx, p, ran(t, "the other function"), nest(n-1))
								return 0, err
							}
							end(me)
							_, _, err := pool.Join(ctx, p, ran(t, "a function of a further Join"), ran(t, "a function of a further Join"))
							wantIs(t, "a further Join()", err, future.ErrCancelled, c.cause)
							return 0, nil
						}
					}
					f := knowing(ex, func(ctx context.Context, self *intFuture) (int, error) {
						me = self
						_, _, err := pool.Join(ctx, p, ran(t, "the other function"), nest(depth))
						wantIs(t, "Join()", err, future.ErrCancelled, c.cause)
						return 0, nil
					}, c.options...)
					f.Await(bg)
					p.Close()
				})
			})
		}
	}
}

// The failure of a function that a worker runs ends the recursion in the other one, at any
// depth, and not what comes after the Join that has failed.
func TestJoinFailureEndsRecursion(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		failed := make(chan struct{})
		calls := 0
		var nest func(n int) func(context.Context) (int, error)
		nest = func(n int) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				if calls++; n == 0 {
					<-failed
					time.Sleep(time.Second)
					return 1, nil
				}
				nest := func(ctx context.Context) (int, error) { return nest(n - 1)(ctx) }
				pool.Join(ctx, p, nest, nest)
				_, _, err := pool.Join(ctx, p, nest, nest)
				return 0, err
			}
		}
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) {
				synctest.Wait()
				close(failed)
				return 0, errBoom
			}, nest(5))
			wantIs(t, "Join()", err, errBoom)
			if calls != 6 {
				t.Errorf("%d calls, want the 6 that had begun before the failure", calls)
			}
			a, b, err := pool.Join(ctx, p, nop, nop)
			return a + b, err
		})
		wantValue(t, "a Join after that", f, 2)
		p.Close()
	})
}
