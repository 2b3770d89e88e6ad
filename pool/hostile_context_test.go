package pool_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A trap is a context whose Done does not return once it is set.
type trap struct {
	handmade
	set  atomic.Bool
	exit func()
}

func newTrap(exit func()) *trap {
	return &trap{handmade: handmade{Context: bg, done: make(chan struct{})}, exit: exit}
}

func (c *trap) Done() <-chan struct{} {
	if c.set.Load() {
		c.exit()
	}
	return c.done
}

// A task that starts asks nothing of the context that it was submitted with.
func TestStartAsksNothingOfContext(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			ctx := newTrap(exit)
			f := pool.Submit(ctx, p, nop)
			ctx.set.Store(true)
			release()
			wantValue(t, name+": the task", f, 1)
			wantValue(t, name+": the next one", pool.Submit(bg, p, nop), 1)
			p.Close()
		})
	}
}

// A recursion so deep that its contexts have to be derived ends where that fails: that task
// never ran, and the pool has its slot and its worker.
func TestExitOfContextAmidRecursion(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			ctx := newTrap(exit)
			const depth = 100
			ran := 0
			var down func(ctx context.Context) (int, error)
			down = func(c context.Context) (int, error) {
				if ran++; ran == depth {
					return 1, nil
				}
				child := pool.Submit(c, p, down)
				ctx.set.Store(true)
				_, err := child.Await(c)
				if child.State() == future.Cancelled && ran > 1 {
					if pe, ok := errors.AsType[*future.PanicError](err); !errors.Is(err, future.ErrGoexit) && (!ok || pe.Value != "exit") {
						t.Errorf("%s: Await() = %v, want what the context did", name, err)
					}
				}
				return 0, err
			}
			_, err := pool.Submit(ctx, p, down).Await(bg)
			wantIs(t, name, err, future.ErrCancelled)
			if ran == 1 || ran == depth {
				t.Errorf("%s: %d tasks have run, want some, and not all %d", name, ran, depth)
			}
			synctest.Wait()
			wantValue(t, name+": another task", pool.Submit(bg, p, nop), 1)
			p.Close()
			if s := stats(t, p); s.Cancelled != 1 {
				t.Errorf("%s: Stats() = %+v, want one cancelled", name, s)
			}
		})
	}
}

// A function of OnDone of such a task may take its time: other tasks run meanwhile.
func TestSlowOnDoneOfTaskWithoutContext(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(200))
			ctx := newTrap(exit)
			gate := make(chan struct{})
			lost := false
			var down func(ctx context.Context) (int, error)
			down = func(c context.Context) (int, error) {
				pool.Submit(c, p, down).OnDone(func(f *intFuture) {
					if f.State() == future.Cancelled {
						lost = true
						<-gate
					}
				})
				ctx.set.Store(true)
				<-gate
				return 1, nil
			}
			pool.Submit(ctx, p, down)
			synctest.Wait()
			next := pool.Submit(bg, p, nop)
			synctest.Wait()
			if _, ok := next.Poll(); !ok || !lost {
				t.Errorf("%s: lost %v, the next task has run %v, want both", name, lost, ok)
			}
			close(gate)
			p.Close()
		})
	}
}

// The end of a pool or a group reaches all its tasks and what is below them, also if the context
// that one of them was submitted with does not let itself be asked.
func TestExitOfContextAtTheEnd(t *testing.T) {
	for name, exit := range exits {
		for what, end := range map[string]func(p *pool.Pool, g *pool.Group){
			"Stop":   func(p *pool.Pool, _ *pool.Group) { p.Stop(errBoom) },
			"Cancel": func(_ *pool.Pool, g *pool.Group) { g.Cancel(errBoom) },
		} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(5))
				g := pool.NewGroup(bg, p, millrace.IgnoreErrors())
				ctx := newTrap(exit)
				gate := make(chan struct{})
				var all []*intFuture
				for range 4 {
					all = append(all, pool.Submit(bg, g, func(ctx context.Context) (int, error) {
						return pool.Submit(ctx, p, func(context.Context) (int, error) { <-gate; return 1, nil }).Await(ctx)
					}))
				}
				f := pool.Submit(ctx, g, func(context.Context) (int, error) { <-gate; return 1, nil })
				synctest.Wait()
				ctx.set.Store(true)
				races(func() {
					defer func() { recover() }() // the panic is the caller's
					end(p, g)
				})
				synctest.Wait()
				for _, f := range all {
					if r, ok := f.Poll(); !ok || !errors.Is(r.Err, errBoom) {
						t.Errorf("%s of a context, %s: Poll() = %v, %v, want a task that has ended with boom", name, what, r, ok)
						f.Abort(errBoom)
					}
				}
				close(gate)
				f.Await(bg)
				g.Wait()
				p.Close()
			})
		}
	}
}

// A neverDone is a context that has an error, and no Done: it breaks the rules.
type neverDone struct{ context.Context }

func (neverDone) Done() <-chan struct{} { return nil }
func (neverDone) Err() error            { return context.Canceled }

// A map that runs nothing because its context has an error says so: its results are not there.
func TestMapsOfContextThatIsNeverDone(t *testing.T) {
	items := []int{1, 2, 3}
	for name, opts := range map[string][]millrace.MapOption{"plain": nil, "keys": {millrace.WithKey("k")}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			ran := false
			item := func(_ context.Context, i int) (int, error) { ran = true; return i, nil }
			each := func(context.Context, int) error { ran = true; return nil }
			want := func(what string, err error) {
				t.Helper()
				if !ran {
					wantIs(t, name+": the error of "+what, err, future.ErrNotDone, context.Canceled)
				}
				ran = false
			}
			_, err := pool.MapSlice(neverDone{bg}, p, items, item, opts...)
			want("MapSlice", err)
			want("ForN", pool.ForN(neverDone{bg}, p, 3, each, opts...))
			want("ForEach", pool.ForEach(neverDone{bg}, p, slices.Values(items), each, opts...))
			for _, err = range pool.Map(neverDone{bg}, p, slices.Values(items), item, opts...) {
			}
			want("Map", err)
			_, err = pool.Reduce(neverDone{bg}, p, items, func(_ context.Context, a, b int) (int, error) { ran = true; return a + b, nil }, opts...)
			want("Reduce", err)
			p.Close()
		})
	}
}

// A pooled is one context after another, as the contexts of some web frameworks are.
type pooled struct{ context.Context }

// What was known of a context does not hold for the next one that is the same object.
func TestPooledContexts(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		ctx := new(pooled)
		for range 100 {
			request, cancel := context.WithCancel(bg)
			ctx.Context = request
			wantValue(t, "a task of a request", pool.Submit(ctx, p, nop), 1)
			cancel()
		}
		release := blocker(p, 1)
		request, cancel := context.WithCancel(bg)
		ctx.Context = request
		f := pool.Submit(ctx, p, nop)
		cancel()
		wantNeverRan(t, "a pending task of a request that has ended", f, context.Canceled)
		release()
	})
}
