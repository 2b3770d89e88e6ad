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
// The task that calls Join is submitted to the executor that prepare returns, with the options
// there.
var joinEnds = map[string]struct {
	cause   error
	options []millrace.TaskOption
	prepare func(opts ...millrace.PoolOption) (p *pool.Pool, ex pool.Executor, end func(self *intFuture))
}{
	"Abort": {cause: errBoom, prepare: func(opts ...millrace.PoolOption) (*pool.Pool, pool.Executor, func(*intFuture)) {
		p := pool.New(opts...)
		return p, p, func(self *intFuture) { self.Abort(errBoom) }
	}},
	"a timeout": {
		cause: context.DeadlineExceeded, options: []millrace.TaskOption{millrace.WithTimeout(time.Second)},
		prepare: func(opts ...millrace.PoolOption) (*pool.Pool, pool.Executor, func(*intFuture)) {
			p := pool.New(opts...)
			return p, p, func(*intFuture) { time.Sleep(time.Minute) }
		},
	},
	"the pool's context": {cause: errBoom, prepare: func(opts ...millrace.PoolOption) (*pool.Pool, pool.Executor, func(*intFuture)) {
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(append(opts, millrace.WithContext(ctx))...)
		return p, p, func(*intFuture) { cancel(errBoom) }
	}},
	"the group's context": {cause: errBoom, prepare: func(opts ...millrace.PoolOption) (*pool.Pool, pool.Executor, func(*intFuture)) {
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(opts...)
		return p, pool.NewGroup(ctx, p), func(*intFuture) { cancel(errBoom) }
	}},
	"the group's context, of a type of one's own": {cause: context.Canceled, prepare: func(opts ...millrace.PoolOption) (*pool.Pool, pool.Executor, func(*intFuture)) {
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(opts...)
		return p, pool.NewGroup(ownContext{ctx}, p), func(*intFuture) { cancel(errBoom) }
	}},
	"Cancel of the group": {cause: errBoom, prepare: func(opts ...millrace.PoolOption) (*pool.Pool, pool.Executor, func(*intFuture)) {
		p := pool.New(opts...)
		g := pool.NewGroup(bg, p)
		return p, g, func(*intFuture) { g.Cancel(errBoom) }
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
		for _, opt := range []millrace.PoolOption{nil, millrace.WithMaxWeight(4)} {
			for _, depth := range []int{-1, 0, 1, 5} {
				t.Run(name, func(t *testing.T) {
					bubble.Run(t, func(t *testing.T) {
						p, ex, end := c.prepare(one, opt)
						var me *intFuture
						var nest func(n int) func(context.Context) (int, error)
						nest = func(n int) func(context.Context) (int, error) {
							return func(ctx context.Context) (int, error) {
								if n > 0 {
									_, _, err := pool.Join(ctx, p, ran(t, "the other function"), nest(n-1))
									return 0, err
								}
								end(me)
								if depth < 0 {
									return 0, nil // nobody has looked at a context
								}
								_, _, err := pool.Join(ctx, p, ran(t, "a function of a further Join"), ran(t, "a function of a further Join"))
								wantIs(t, "a further Join()", err, future.ErrCancelled, c.cause)
								return 0, nil
							}
						}
						f := knowing(ex, func(ctx context.Context, self *intFuture) (int, error) {
							me = self
							_, _, err := pool.Join(ctx, p, ran(t, "the other function"), nest(depth))
							wantIs(t, "Join()", err, future.ErrCancelled, c.cause)
							return 1, nil
						}, c.options...)
						wantValue(t, "the caller of Join", f, 1)
						p.Close()
					})
				})
			}
		}
	}
}

// An ownEnd is a context with the values of another one, and an end of its own.
type ownEnd struct {
	context.Context
	done chan struct{}
}

func (c ownEnd) Done() <-chan struct{} { return c.done }

func (c ownEnd) Err() error {
	select {
	case <-c.done:
		return context.Canceled
	default:
		return nil
	}
}

// The same for a context of a type of one's own: the one that the task was submitted with, or one
// that the task has derived for Join.
func TestJoinUnderAContextOfOnesOwn(t *testing.T) {
	for _, opt := range []millrace.PoolOption{nil, millrace.WithMaxWeight(4)} {
		for _, derived := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				ctx, done := bg, make(chan struct{})
				if !derived {
					ctx = ownEnd{bg, done}
				}
				p := pool.New(one, opt)
				f := pool.Go(ctx, p, func(ctx context.Context) error {
					if derived {
						ctx = ownEnd{ctx, done}
					}
					_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) {
						t.Error("the other function runs after the end of its context")
						return 0, nil
					}, func(context.Context) (int, error) {
						close(done)
						return 0, nil
					})
					return err
				})
				_, err := f.Await(bg)
				wantIs(t, "Join()", err, future.ErrCancelled, context.Canceled)
				p.Close()
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
