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

// itemWithChild returns a map whose only item has a pending child when its context ends, and then
// ends with err.
func itemWithChild(err error) func(context.Context, pool.Executor, func(context.Context, pool.Executor)) {
	return func(ctx context.Context, ex pool.Executor, child func(context.Context, pool.Executor)) {
		pool.ForN(ctx, ex, 1, func(ctx context.Context, _ int) error {
			running := pool.Submit(ctx, ex, untilEnd)
			child(ctx, ex)
			running.Await(ctx)
			time.Sleep(time.Second)
			return err
		})
	}
}

// What is pending when a context ends never ran because of that, whatever the end makes others do:
// the map or the group over it ends, too, and cancels what it has left.
func TestEndOfContextIsTheReason(t *testing.T) {
	for name, left := range map[string]func(ctx context.Context, ex pool.Executor, child func(context.Context, pool.Executor)){
		"a child of an item":            itemWithChild(nil),
		"a child of an item that fails": itemWithChild(errBoom),
		"a member of a scope that fails": func(ctx context.Context, ex pool.Executor, child func(context.Context, pool.Executor)) {
			pool.Scope(ctx, ex, func(ctx context.Context, g *pool.Group) error {
				child(context.WithoutCancel(ctx), g)
				<-ctx.Done()
				return errBoom
			})
		},
	} {
		for _, of := range []string{"the caller", "the caller's task", "the caller's group", "the pool"} {
			t.Run(name+", "+of, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					end, cancel := context.WithCancelCause(bg)
					reason := errors.New("reason")
					p := pool.New(one)
					ctx, ex := end, pool.Executor(p)
					switch of {
					case "the caller's group":
						ctx, ex = bg, pool.NewGroup(end, p)
					case "the pool":
						p = pool.New(one, millrace.WithContext(end))
						ctx, ex = bg, p
					}
					var pending *intFuture
					f := pool.Go(ctx, ex, func(ctx context.Context) error {
						left(ctx, ex, func(ctx context.Context, ex pool.Executor) { pending = pool.Submit(ctx, ex, nop) })
						return nil
					})
					synctest.Wait()
					if of == "the caller's task" {
						f.Abort(reason)
					}
					cancel(reason)
					p.Close()
					wantNeverRan(t, name, pending, reason)
				})
			})
		}
	}
}

// A group that is cancelled when its context has ended has ended because of that, told or not.
func TestEndOfContextBeforeCancel(t *testing.T) {
	for _, nested := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			end := ownEnd{bg, make(chan struct{})}
			g := pool.NewGroup(end, p)
			if nested {
				g = pool.NewGroup(bg, g)
			}
			f := pool.Submit(bg, g, nop)
			close(end.done)
			g.Cancel(errBoom)
			wantNeverRan(t, "a member", f, context.Canceled)
			g.Wait()
			release()
			p.Close()
		})
	}
}

// The contexts of items that run say the same, also if the map has seen the end before the pool or
// the context that the items' are derived from is told.
func TestCauseOfItemsIsTheEndOfContext(t *testing.T) {
	for _, of := range []string{"the caller", "the group", "the pool"} {
		t.Run(of, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				end := ownEnd{bg, make(chan struct{})}
				p := pool.New(two)
				ctx, ex := context.Context(end), pool.Executor(p)
				switch of {
				case "the group":
					ctx, ex = bg, pool.NewGroup(end, p)
				case "the pool":
					p = pool.New(two, millrace.WithContext(end))
					ctx, ex = bg, p
				}
				var cause error
				pool.ForN(ctx, ex, 2, func(ctx context.Context, i int) error {
					if i == 1 {
						synctest.Wait()
						close(end.done)
						return errBoom
					}
					<-ctx.Done()
					cause = context.Cause(ctx)
					return nil
				})
				wantIs(t, "the cause of an item's context", cause, context.Canceled)
				p.Close()
			})
		})
	}
}

// A task may see that Stop, or the end of its group, has cancelled what it waits for, and return,
// before its own context is told of that. What it has submitted ends for the same reason. It takes two
// processors to see that.
func TestStopIsTheCauseBelowATaskThatReturns(t *testing.T) {
	reason := errors.New("reason")
	for name, end := range map[string]func(*pool.Pool, *pool.Group){
		"Stop":   func(p *pool.Pool, _ *pool.Group) { p.Stop(reason) },
		"Cancel": func(_ *pool.Pool, g *pool.Group) { g.Cancel(reason) },
	} {
		for range 1000 {
			p := pool.New(millrace.WithWorkers(2))
			g := pool.NewGroup(bg, p)
			started, cause := make(chan struct{}), error(nil)
			pool.Go(bg, g, func(ctx context.Context) error {
				pool.Go(ctx, p, func(ctx context.Context) error {
					close(started)
					<-ctx.Done()
					cause = context.Cause(ctx)
					return nil
				})
				_, err := pool.Submit(ctx, g, nop, millrace.WithDelay(time.Hour)).Await(ctx)
				return err
			})
			<-started
			end(p, g)
			p.Close()
			if !errors.Is(cause, reason) {
				t.Fatalf("%s: the cause of a child's context = %v, want its reason", name, cause)
			}
		}
	}
}

// The cause of the pool's context is that of every context that ends with it, whether of a task or
// of an item of a map.
func TestEndOfPoolContextIsTheCause(t *testing.T) {
	type function = func(context.Context) (int, error)
	item := func(fn function) func(context.Context, int) (int, error) {
		return func(ctx context.Context, _ int) (int, error) { return fn(ctx) }
	}
	perItem := millrace.PerItem(func(int) []millrace.TaskOption { return nil })
	for name, run := range map[string]func(ex pool.Executor, fn function){
		"Submit":   func(ex pool.Executor, fn function) { pool.Submit(bg, ex, fn).Await(bg) },
		"Join":     func(ex pool.Executor, fn function) { pool.Join(bg, ex, fn, fn) },
		"MapSlice": func(ex pool.Executor, fn function) { pool.MapSlice(bg, ex, []int{0}, item(fn)) },
		"PerItem":  func(ex pool.Executor, fn function) { pool.MapSlice(bg, ex, []int{0}, item(fn), perItem) },
	} {
		for _, grouped := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(bg)
				p := pool.New(two, millrace.WithContext(ctx))
				ex := pool.Executor(p)
				if grouped {
					ex = pool.NewGroup(bg, p)
				}
				go func() {
					synctest.Wait()
					cancel(errBoom)
				}()
				run(ex, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					if got := context.Cause(ctx); got != errBoom {
						t.Errorf("%s, grouped: %v: Cause() = %v, want boom", name, grouped, got)
					}
					return 0, nil
				})
				p.Close()
			})
		}
	}
}
