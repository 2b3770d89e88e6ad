package pool_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A group that ignores errors is a limited view of its pool: no failure reaches another
// member, the context or Wait.
func TestIgnoreErrors(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.IgnoreErrors())
		for name, fn := range map[string]func(context.Context) (int, error){
			"error": boom,
			"panic": func(context.Context) (int, error) { panic("a") },
		} {
			if _, err := pool.Submit(bg, g, fn).Await(bg); err == nil {
				t.Errorf("a member that ends with %s has no error", name)
			}
		}
		wantValue(t, "a member after failures", pool.Submit(bg, g, nop), 1)
		if err := g.Context().Err(); err != nil {
			t.Errorf("the group's context after failures = %v, want no end", err)
		}
		if s := g.Stats(); s.Failed != 2 || s.Panicked != 1 || s.Succeeded != 1 {
			t.Errorf("Stats() of the group = %+v, want 2 failed, 1 panicked, 1 succeeded", s)
		}
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		p.Close()
	})
}

// A failure in a group that ignores errors reaches no group around it, either.
func TestIgnoreErrorsWithin(t *testing.T) {
	for name, opts := range map[string][]millrace.GroupOption{"the default": nil, "CollectErrors": {millrace.CollectErrors()}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			outer := pool.NewGroup(bg, p, opts...)
			host := pool.NewGroup(bg, outer, millrace.IgnoreErrors())
			inner := pool.NewGroup(bg, host)
			for what, g := range map[string]*pool.Group{"the group": host, "a group over it": inner} {
				if _, err := pool.Submit(bg, g, boom).Await(bg); err != errBoom {
					t.Errorf("%s, %s: Await() = %v, want %v", name, what, err, errBoom)
				}
			}
			if err := inner.Wait(); err != errBoom {
				t.Errorf("%s: Wait() of the innermost group = %v, want %v", name, err, errBoom)
			}
			wantValue(t, name+": a member after failures", pool.Submit(bg, host, nop), 1)
			if err := outer.Context().Err(); err != nil {
				t.Errorf("%s: the outer context after failures = %v, want no end", name, err)
			}
			wantValue(t, name+": a member of the outer group", pool.Submit(bg, outer, nop), 1)
			if err := outer.Wait(); err != nil {
				t.Errorf("%s: Wait() of the outer group = %v, want nil", name, err)
			}
			p.Close()
		})
	}
}

// A member that never ran is no failure: a group around one that ignores errors is told of it, and
// does not pass for one whose work is done.
func TestIgnoreErrorsTellsOfTheEnd(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx, cancel := context.WithCancelCause(bg)
		outer := pool.NewGroup(ctx, p)
		host := pool.NewGroup(bg, outer, millrace.IgnoreErrors())
		pending := pool.Submit(bg, host, nop)
		cancel(errBoom)
		wantNeverRan(t, "a pending member", pending, errBoom)
		if err := host.Wait(); err != nil {
			t.Errorf("Wait() of the group = %v, want nil", err)
		}
		if err := outer.Wait(); !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errBoom) {
			t.Errorf("Wait() of the group around it = %v, want an error that is %v and %v", err, future.ErrCancelled, errBoom)
		}
		release()
		p.Close()
	})
}

// SetLimit acts at once upwards, and downwards as members end.
func TestSetLimit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		gates := make(chan struct{})
		for range 6 {
			pool.Submit(bg, g, waitsFor(gates))
		}
		pool.Submit(bg, p, waitsFor(gates), millrace.WithPriority(-1)) // no member
		want := func(what string, running, workers int) {
			t.Helper()
			synctest.Wait()
			if s := g.Stats(); s.Running != running || s.Workers != workers {
				t.Errorf("%s: Stats() of the group = %+v, want %d running, %d workers", what, s, running, workers)
			}
		}
		want("limit 1", 1, 1)
		g.SetLimit(4)
		want("SetLimit(4)", 4, 4)
		g.SetLimit(2)
		want("SetLimit(2), nothing has ended", 4, 2)
		if s := stats(t, p); s.Running != 5 {
			t.Errorf("Stats() of the pool = %+v, want 5 running", s)
		}
		close(gates)
		g.Wait()
		p.Close()
	})
}

// Cancel settles the pending, ends the running, and is what Wait returns; the pool goes on.
func TestGroupCancel(t *testing.T) {
	for name, c := range map[string]struct{ cause, want error }{
		"with a cause": {errBoom, errBoom},
		"without":      {nil, context.Canceled},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			g := pool.NewGroup(bg, p)
			runs := pool.Submit(bg, g, untilEnd)
			synctest.Wait()
			pending := pool.Submit(bg, g, nop)
			g.Cancel(c.cause)
			wantNeverRan(t, name, pending, c.want)
			wantIs(t, "the group's context", context.Cause(g.Context()), c.want)
			wantNeverRan(t, "a member after Cancel", pool.Submit(bg, g, nop), c.want)
			if _, err := runs.Await(bg); err != c.want {
				t.Errorf("%s: the running member = %v, want %v", name, err, c.want)
			}
			wantIs(t, name+": Wait()", g.Wait(), c.want)
			wantValue(t, "no member", pool.Submit(bg, p, nop), 1)
			p.Close()
		})
	}
}

// The group's context ends with what it descends from, and with Wait.
func TestContextOfGroup(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(*pool.Group, context.CancelCauseFunc)
		cause error
	}{
		"failure": {func(g *pool.Group, _ context.CancelCauseFunc) { pool.Submit(bg, g, boom).Await(bg) }, errBoom},
		"Cancel":  {func(g *pool.Group, _ context.CancelCauseFunc) { g.Cancel(nil) }, context.Canceled},
		"parent":  {func(_ *pool.Group, cancel context.CancelCauseFunc) { cancel(io.EOF) }, io.EOF},
		"Wait":    {func(g *pool.Group, _ context.CancelCauseFunc) { g.Wait() }, future.ErrTaskEnded},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			ctx, cancel := context.WithCancelCause(context.WithValue(bg, key{}, 1))
			g := pool.NewGroup(ctx, p)
			if g.Context().Err() != nil || g.Context().Value(key{}) != 1 {
				t.Errorf("%s: Context() has ended or lost a value", name)
			}
			c.end(g, cancel)
			synctest.Wait()
			if got := context.Cause(g.Context()); got != c.cause {
				t.Errorf("%s: the cause of Context() = %v, want %v", name, got, c.cause)
			}
			g.Wait()
			cancel(nil)
			p.Close()
		})
	}
}

// An inner group's members hold places of both limits; each limit can be moved.
func TestSetLimitNested(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		outer := pool.NewGroup(bg, p, millrace.WithLimit(1))
		g := pool.NewGroup(bg, outer, millrace.WithLimit(3))
		gate := make(chan struct{})
		fs := make([]*intFuture, 4)
		for i := range fs {
			fs[i] = pool.Submit(bg, g, waitsFor(gate))
		}
		for i, limit := range []int{1, 2, 4} {
			outer.SetLimit(limit)
			synctest.Wait()
			if s := g.Stats(); s.Running != min(limit, 3) {
				t.Errorf("step %d: Stats() of the inner group = %+v, want %d running", i, s, min(limit, 3))
			}
		}
		close(gate)
		g.Wait()
		outer.Wait()
		for _, f := range fs {
			if f.State() != future.Succeeded {
				t.Errorf("a member = %v, want succeeded", f)
			}
		}
		p.Close()
	})
}

// A higher limit lets members in at once.
func TestHigherLimitLetsIn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		gate := make(chan struct{})
		for range 3 {
			pool.Go(bg, g, func(context.Context) error { <-gate; return nil })
		}
		synctest.Wait()
		for _, c := range []struct{ limit, running int }{{1, 1}, {2, 2}, {4, 3}} {
			g.SetLimit(c.limit)
			synctest.Wait()
			if s := g.Stats(); s.Running != c.running {
				t.Errorf("with a limit of %d %d members run, want %d", c.limit, s.Running, c.running)
			}
		}
		close(gate)
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		p.Close()
	})
}

// Blocked counts submitters of the groups within, also of those without a member.
func TestBlockedOfInnerGroups(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(0))
		outer := pool.NewGroup(bg, p)
		inner := pool.NewGroup(bg, outer)
		go pool.Submit(bg, outer, nop)
		go pool.Submit(bg, inner, nop)
		synctest.Wait()
		for g, want := range map[*pool.Group]int{outer: 2, inner: 1} {
			if s := g.Stats(); s.Blocked != want || s.Submitted != 0 {
				t.Errorf("Stats() = %+v, want %d blocked and none submitted", s, want)
			}
		}
		release()
		p.Close()
	})
}
