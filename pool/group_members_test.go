package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The earliest failure is the result of Wait, whatever members that it has
// cancelled return afterwards.
func TestFirstFailureStays(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, errors.New("a later one")
		})
		pool.Submit(bg, g, boom)
		if err := g.Wait(); err != errBoom {
			t.Errorf("Wait() = %v, want the first failure", err)
		}
		p.Close()
	})
}

// What a member submits to the pool with its own context ends with the group's context, at
// once: neither what is pending then nor what is submitted afterwards runs. Nor does what a
// task submits that a member has submitted.
func TestChildrenOfMembersEndWithGroup(t *testing.T) {
	for range 2000 { // the group may be told before, while, or after the slot is freed
		p := pool.New(millrace.WithWorkers(3))
		ctx, cancel := context.WithCancel(bg)
		outer := pool.NewGroup(ctx, p)
		inner := pool.NewGroup(bg, outer)
		ran := func(context.Context) (int, error) { t.Error("it runs"); return 1, nil }
		member := pool.Submit(bg, inner, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				release := blocker(p, 1)
				pending := pool.Submit(ctx, p, ran)
				cancel()
				release()
				late := pool.Submit(ctx, p, ran)
				wantNeverRan(t, "a child submitted later", late, context.Canceled)
				pending.Await(bg)
				wantNeverRan(t, "a pending child", pending, context.Canceled)
				return 1, nil
			}).Await(bg)
		})
		wantValue(t, "the member", member, 1)
		inner.Wait()
		outer.Wait()
		p.Close()
	}
}

// The same holds if it is the failure of a member that ends the group: the slot of that member
// does not go to a child that is pending.
func TestChildrenOfMembersEndWithFailure(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		gate := make(chan struct{})
		pool.Go(bg, g, func(context.Context) error {
			<-gate
			return errBoom
		})
		var pending *intFuture
		pool.Go(bg, g, func(ctx context.Context) error {
			pending = pool.Submit(ctx, p, nop)
			close(gate)
			<-ctx.Done()
			return nil
		})
		wantIs(t, "Wait()", g.Wait(), errBoom)
		wantNeverRan(t, "a pending child", pending, errBoom)
		p.Close()
	})
}

// A member that a member submits with its own context goes on when its submitter has
// returned, and so does one that it submits with a derived context.
func TestMembersOutliveTheirSubmitter(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		var child, derived *intFuture
		later := func(ctx context.Context) (int, error) {
			select {
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			case <-time.After(time.Second):
				return 1, nil
			}
		}
		err := pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
			pool.Go(ctx, g, func(ctx context.Context) error {
				child = pool.Submit(ctx, g, later)
				derived = pool.Submit(context.WithValue(ctx, key{}, 1), g, later)
				return nil
			})
			return nil
		})
		if err != nil {
			t.Errorf("Scope() = %v, want nil", err)
		}
		wantValue(t, "a child", child, 1)
		wantValue(t, "a child with a derived context", derived, 1)
		p.Close()
	})
}

// A task lives as long as its group also if it is submitted from inside the group: by an
// item of a map over it, a member of a group over it, or an item of a map over that. The
// end of the inner map or group, whose context the submitter has, does not end the task.
// The end of the group does.
func TestMembersOutliveWhatIsInside(t *testing.T) {
	insides := map[string]func(ctx context.Context, g *pool.Group, submit func(context.Context) error) error{
		"an item": func(ctx context.Context, g *pool.Group, submit func(context.Context) error) error {
			return pool.ForN(ctx, g, 1, func(ctx context.Context, _ int) error { return submit(ctx) })
		},
		"an item inside a member": func(ctx context.Context, g *pool.Group, submit func(context.Context) error) error {
			_, err := pool.Go(ctx, g, func(ctx context.Context) error {
				return pool.ForN(ctx, g, 1, func(ctx context.Context, _ int) error { return submit(ctx) })
			}).Await(ctx)
			return err
		},
		"a member of an inner group": func(ctx context.Context, g *pool.Group, submit func(context.Context) error) error {
			return pool.Scope(ctx, g, func(ctx context.Context, inner *pool.Group) error {
				pool.Go(ctx, inner, submit)
				return nil
			})
		},
		"an item in an inner group": func(ctx context.Context, g *pool.Group, submit func(context.Context) error) error {
			return pool.Scope(ctx, g, func(ctx context.Context, inner *pool.Group) error {
				return pool.ForN(ctx, inner, 1, func(ctx context.Context, _ int) error { return submit(ctx) })
			})
		},
	}
	for name, inside := range insides {
		for _, fail := range []error{nil, errBoom} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				var child *intFuture
				err := pool.Scope(context.WithValue(bg, key{}, 1), p, func(ctx context.Context, g *pool.Group) error {
					if err := inside(ctx, g, func(ctx context.Context) error {
						child = pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
							select {
							case <-ctx.Done():
								return 0, context.Cause(ctx)
							case <-time.After(time.Second):
								return ctx.Value(key{}).(int), nil
							}
						})
						return nil
					}); err != nil {
						return err
					}
					synctest.Wait()
					return fail
				})
				if err != fail {
					t.Errorf("%s: Scope() = %v, want %v", name, err, fail)
				}
				if v, err := child.Await(bg); err != fail || fail == nil && v != 1 {
					t.Errorf("a child of %s: Await() = %d, %v, want 1, %v", name, v, err, fail)
				}
				p.Close()
			})
		}
	}
}

// A pool does not hold on to a group whose members waited for its limit.
func TestStalledGroupIsForgotten(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		release := blocker(p, 1)
		group := func() weak.Pointer[pool.Group] {
			g := pool.NewGroup(bg, p, millrace.WithLimit(1))
			running := pool.Submit(bg, g, untilEnd)
			stalled := pool.Submit(bg, g, nop)
			synctest.Wait()
			stalled.Cancel()
			running.Abort(errBoom)
			g.Wait()
			return weak.Make(g)
		}()
		synctest.Wait()
		runtime.GC()
		runtime.GC()
		if group.Value() != nil {
			t.Error("a pool holds on to a group that has ended")
		}
		release()
		p.Close()
	})
}

// A task takes its slot back only when its group has room for it, and its weight fits:
// others may have got both meanwhile.
func TestReturnWaitsForRoom(t *testing.T) {
	for name, submit := range map[string]func(p *pool.Pool) func(ctx context.Context, fn func(context.Context) (int, error)) *intFuture{
		"limit": func(p *pool.Pool) func(context.Context, func(context.Context) (int, error)) *intFuture {
			g := pool.NewGroup(bg, p, millrace.WithLimit(1))
			return func(ctx context.Context, fn func(context.Context) (int, error)) *intFuture {
				return pool.Submit(ctx, g, fn)
			}
		},
		"weight": func(p *pool.Pool) func(context.Context, func(context.Context) (int, error)) *intFuture {
			return func(ctx context.Context, fn func(context.Context) (int, error)) *intFuture {
				return pool.Submit(ctx, p, fn, millrace.WithWeight(6))
			}
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two, millrace.WithMaxWeight(10))
			scarce := submit(p)
			var inside gauge
			release := blocker(p, 1)
			childGate := make(chan struct{})
			parent := scarce(bg, func(ctx context.Context) (int, error) {
				inside.add(1)
				child := pool.Submit(ctx, p, waitsFor(childGate))
				inside.add(-1) // while it waits others may be inside
				v, err := child.Await(ctx)
				inside.add(1)
				time.Sleep(time.Second)
				inside.add(-1)
				return v, err
			})
			synctest.Wait()
			other := scarce(bg, func(context.Context) (int, error) {
				inside.add(1)
				time.Sleep(time.Second)
				inside.add(-1)
				return 1, nil
			})
			release() // the other gets the slot
			synctest.Wait()
			close(childGate) // the parent could go on
			wantValue(t, name+": the parent", parent, 1)
			wantValue(t, name+": the other", other, 1)
			inside.want(t, "tasks that need the same "+name, 1)
			p.Close()
		})
	}
}
