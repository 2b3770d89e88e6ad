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

// member keeps a place of a group until end is called.
func member(g *pool.Group) (end func()) {
	gate := make(chan struct{})
	pool.Go(bg, g, func(context.Context) error { <-gate; return nil })
	synctest.Wait()
	return func() { close(gate) }
}

// A task that a full group lets in, and that does not start after all, gives the room to
// the next member: no slot is idle while that waits.
func TestLimitPassesRoomOn(t *testing.T) {
	hour := millrace.WithRate(1.0/3600, 1)
	// Each makes a member of g that is let in when the group has room, and does not use
	// it. while is called when the group has room and the pool is paused.
	cases := map[string]func(p *pool.Pool, g *pool.Group) (first *intFuture, while func()){
		"cancelled": func(_ *pool.Pool, g *pool.Group) (*intFuture, func()) {
			f := pool.Submit(bg, g, nop)
			return f, func() { f.Cancel() }
		},
		"its context ends": func(_ *pool.Pool, g *pool.Group) (*intFuture, func()) {
			ctx, cancel := context.WithCancel(bg)
			return pool.Submit(ctx, g, nop), cancel
		},
		"full inner group": func(_ *pool.Pool, g *pool.Group) (*intFuture, func()) {
			inner := pool.NewGroup(bg, g, millrace.WithLimit(2))
			g.SetLimit(2)
			end := member(inner)
			g.SetLimit(1)
			f := pool.Submit(bg, inner, nop)
			synctest.Wait() // f waits for g
			return f, func() { inner.SetLimit(1); g.SetLimit(2); time.AfterFunc(time.Hour, end) }
		},
		"rate of an inner group": func(_ *pool.Pool, g *pool.Group) (*intFuture, func()) {
			inner := pool.NewGroup(bg, g, hour)
			g.SetLimit(2)
			pool.Submit(bg, inner, nop).Await(bg)
			g.SetLimit(1)
			return pool.Submit(bg, inner, nop), func() {}
		},
		"aborted between attempts": func(_ *pool.Pool, g *pool.Group) (*intFuture, func()) {
			g.SetLimit(2)
			f := pool.Submit(bg, g, boom, millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Second, true }))
			synctest.Wait()
			g.SetLimit(1)
			time.Sleep(2 * time.Second)
			return f, func() { f.Abort(errBoom) }
		},
		"its turn is another's": func(p *pool.Pool, g *pool.Group) (*intFuture, func()) {
			input, k := future.NewPromise[int](), millrace.WithKey("k")
			then := pool.Then(bg, p, input.Future(), func(context.Context, int) (int, error) {
				time.Sleep(time.Hour)
				return 1, nil
			}, k)
			f := pool.Submit(bg, g, nop, k)
			return f, func() { input.Resolve(1); then.State() }
		},
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(4))
				defer p.Close()
				g := pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
				end := member(g)
				first, while := make(p, g)
				next := pool.Submit(bg, g, nop)
				synctest.Wait()
				p.Pause()
				end()
				synctest.Wait()
				while()
				p.Resume()
				synctest.Wait()
				if s := next.State(); s != future.Succeeded {
					t.Errorf("the next member: State() = %v, want %v, as there is room", s, future.Succeeded)
				}
				if s := first.State(); s == future.Succeeded {
					t.Errorf("the first member: State() = %v", s)
				}
				p.Stop(nil)
			})
		})
	}
}
