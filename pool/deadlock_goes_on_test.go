package pool_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A group's Wait goes on when it could never end. Here a member that its end does not reach waits for
// the key of the task that waits for the group: the wait of the member ends.
func TestDeadlockByKeyOfTaskThatWaitsForGroup(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, f *intFuture) error{
		"Await": func(ctx context.Context, f *intFuture) error { _, err := f.Await(ctx); return err },
		"All":   func(ctx context.Context, f *intFuture) error { _, err := future.All(ctx, f); return err },
		"Race":  func(ctx context.Context, f *intFuture) error { _, err := future.Race(ctx, f); return err },
		"Await in two goroutines": func(ctx context.Context, f *intFuture) error {
			errs := make(chan error, 2)
			for range 2 {
				go func() { _, err := f.Await(ctx); errs <- err }()
			}
			return errors.Join(<-errs, <-errs)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			k := millrace.WithKey("k")
			p := pool.New(millrace.WithWorkers(3))
			gate := make(chan struct{})
			var err error
			holds := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				return 0, pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
					pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
						ctx = context.WithoutCancel(ctx)
						err = wait(ctx, pool.Submit(ctx, p, nop, k))
						return 0, nil
					})
					<-gate
					return nil
				})
			}, k)
			synctest.Wait()
			close(gate)
			synctest.Wait()
			if s := holds.State(); s != future.Failed {
				t.Errorf("%s: the task with the key is %v, want failed", name, s)
			}
			wantIs(t, name, err, future.ErrDeadlock)
			p.Close()
		})
	}
}

// A member that waits for another task goes on with that.
func TestDeadlockEndsNoWaitThatCanEnd(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		k := millrace.WithKey("k")
		p := pool.New(millrace.WithWorkers(8))
		slow := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil })
		members := make([]*intFuture, 5)
		holds := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return 0, pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
				for i := range members {
					members[i] = pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
						ctx = context.WithoutCancel(ctx)
						if i == 2 {
							return pool.Submit(ctx, p, nop, k).Await(ctx)
						}
						return slow.Await(ctx)
					})
				}
				time.Sleep(time.Second)
				return nil
			})
		}, k)
		_, err := holds.Await(bg)
		wantIs(t, "the task with the key", err, future.ErrDeadlock)
		for i, f := range members {
			if i == 2 {
				_, err := f.Await(bg)
				wantIs(t, "the member that waits for the key", err, future.ErrDeadlock)
			} else {
				wantValue(t, "a member that waits for a task", f, 1)
			}
		}
		p.Close()
	})
}

// So it is with a Join whose other function waits for a task that waits for the caller, or is about
// to.
func TestDeadlockThroughFunctionOfJoin(t *testing.T) {
	for _, late := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4))
			made, begun, joins, gate := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
			var caller *intFuture
			other := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				<-made
				if late {
					<-gate
				}
				return caller.Await(ctx)
			})
			caller = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) {
					close(begun)
					return other.Await(context.WithoutCancel(ctx))
				}, func(context.Context) (int, error) {
					<-begun
					<-joins
					return 1, nil
				})
				return 0, err
			})
			close(made)
			synctest.Wait()
			close(joins)
			synctest.Wait()
			close(gate)
			synctest.Wait()
			for name, f := range map[string]*intFuture{"the caller": caller, "the other task": other} {
				r, _ := f.Poll()
				wantIs(t, name, r.Err, future.ErrDeadlock)
			}
			p.Close()
		})
	}
}

// A Join that goes on is not told again when another one of the same cycle does: it could not end.
func TestDeadlockOfTwoJoins(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		ready, begun, gates := make(chan struct{}), [2]chan struct{}{}, [2]chan struct{}{}
		var callers [2]*intFuture
		for i := range callers {
			begun[i], gates[i] = make(chan struct{}), make(chan struct{})
			callers[i] = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				<-ready
				_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) {
					close(begun[i])
					return callers[1-i].Await(context.WithoutCancel(ctx))
				}, func(context.Context) (int, error) {
					<-begun[i]
					<-gates[i]
					return 1, nil
				})
				return 0, err
			})
			synctest.Wait()
		}
		close(ready)
		synctest.Wait()
		close(gates[1])
		synctest.Wait()
		close(gates[0])
		synctest.Wait()
		for i, f := range callers {
			r, _ := f.Poll()
			wantIs(t, fmt.Sprint("caller ", i), r.Err, future.ErrDeadlock)
		}
		p.Close()
	})
}

// Waits that all go on are told to cancel what they wait for: here a Then that waits for the first
// task. The task that is told of the deadlock cannot do that itself.
func TestDeadlockOfWaitsThatGoOn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		gate, scoped := make(chan struct{}), make(chan struct{})
		var caller, then *intFuture
		caller = knowing(p, func(ctx context.Context, self *intFuture) (int, error) {
			_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) {
				return 0, pool.Scope(context.WithoutCancel(ctx), p, func(ctx context.Context, g *pool.Group) error {
					then = pool.Then(ctx, g, self, identity)
					close(scoped)
					return nil
				})
			}, func(context.Context) (int, error) {
				<-scoped
				<-gate
				return 1, nil
			})
			return 0, err
		})
		synctest.Wait()
		close(gate)
		synctest.Wait()
		for name, f := range map[string]*intFuture{"the caller": caller, "the Then": then} {
			r, _ := f.Poll()
			wantIs(t, name, r.Err, future.ErrDeadlock)
		}
		p.Close()
	})
}
