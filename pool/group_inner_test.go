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

// The context of a group over another one ends with that, also while it has no members,
// and if it is made only then.
func TestContextOfInnerGroup(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(outer *pool.Group, cancel func())
		want error
	}{
		"failure": {func(outer *pool.Group, _ func()) { pool.Submit(bg, outer, boom).Await(bg) }, errBoom},
		"Cancel":  {func(outer *pool.Group, _ func()) { outer.Cancel(errBoom) }, errBoom},
		"parent":  {func(_ *pool.Group, cancel func()) { cancel() }, errBoom},
		"Wait":    {func(outer *pool.Group, _ func()) { outer.Wait() }, pool.ErrClosed},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			ctx, cancel := context.WithCancelCause(bg)
			outer := pool.NewGroup(ctx, p)
			inner := pool.NewGroup(bg, outer)
			innermost := pool.NewGroup(bg, inner, millrace.IgnoreErrors())
			c.end(outer, func() { cancel(errBoom) })
			synctest.Wait() // the end of the parent, and a failure, reach the contexts a moment later
			late := pool.NewGroup(bg, outer)
			for what, g := range map[string]*pool.Group{"inner": inner, "innermost": innermost, "late": late} {
				if cause := context.Cause(g.Context()); !errors.Is(cause, c.want) {
					t.Errorf("%s: the cause of the %s context = %v, want %v", name, what, cause, c.want)
				}
				wantNeverRan(t, name+": "+what, pool.Submit(bg, g, nop), c.want)
				g.Wait()
			}
			cancel(nil)
			p.Close()
		})
	}
}

// A group does not hold on to those over it that have ended.
func TestInnerGroupIsForgotten(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		outer := pool.NewGroup(bg, p)
		for name, end := range map[string]func(g *pool.Group){
			"Wait":   func(g *pool.Group) { g.Wait() },
			"Cancel": func(g *pool.Group) { g.Cancel(nil) },
		} {
			inner := func() weak.Pointer[pool.Group] {
				g := pool.NewGroup(bg, outer)
				end(g)
				return weak.Make(g)
			}()
			synctest.Wait()
			for range 3 {
				runtime.GC()
			}
			if inner.Value() != nil {
				t.Errorf("%s: a group that has ended is held on to", name)
			}
		}
		outer.Wait()
		p.Close()
	})
}

// A group on a pool that no context ends is registered nowhere, and needs no Wait.
func TestGroupWithoutWaitIsForgotten(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		group := func() weak.Pointer[pool.Group] {
			g := pool.NewGroup(bg, p, millrace.IgnoreErrors(), millrace.WithLimit(1))
			wantValue(t, "a member", pool.Submit(bg, g, nop), 1)
			return weak.Make(g)
		}()
		synctest.Wait()
		for range 3 {
			runtime.GC()
		}
		if group.Value() != nil {
			t.Error("a group that nobody waits for is held on to")
		}
		p.Close()
	})
}

// What a member submits with its own context outlives it also in another group, if both
// are over one that owns them.
func TestMembersOfGroupsOverOne(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		view := millrace.IgnoreErrors()
		root, other := pool.NewGroup(bg, p, view), pool.NewGroup(bg, p, view)
		a, b := pool.NewGroup(bg, root, view), pool.NewGroup(bg, root, view)
		inA := pool.NewGroup(bg, a, view)
		later := func(ctx context.Context) (int, error) {
			select {
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			case <-time.After(time.Second):
				return 1, nil
			}
		}
		lives := map[string]*intFuture{}
		var ends *intFuture
		pool.Go(bg, a, func(ctx context.Context) error {
			for name, g := range map[string]*pool.Group{"its own": a, "the one beside": b, "the one below": root, "the one above": inA} {
				lives[name] = pool.Submit(ctx, g, later)
			}
			ends = pool.Submit(ctx, other, later)
			synctest.Wait()
			return nil
		}).Await(bg)
		for name, child := range lives {
			wantValue(t, "a child in "+name, child, 1)
		}
		if v, err := ends.Await(bg); err == nil {
			t.Errorf("a child in a group that has nothing to do with its parent's: Await() = %v, nil, want an error", v)
		}
		p.Close()
	})
}

// The figures of a group add up like those of a pool, with the tasks that could not become
// members.
func TestStatsOfGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithMaxWeight(1), millrace.WithQueue(1), millrace.WithName("mill"))
		outer := pool.NewGroup(bg, p, millrace.IgnoreErrors())
		g := pool.NewGroup(bg, outer, millrace.IgnoreErrors())
		want := func(when string, submitted, cancelled, refused uint64) {
			t.Helper()
			for _, h := range []*pool.Group{outer, g} {
				s := h.Stats()
				sum := uint64(s.Queued+s.Deferred+s.Running+s.Waiting) + s.Succeeded + s.Failed + s.Cancelled
				if s.Submitted != submitted || s.Cancelled != cancelled || s.Refused != refused || s.Submitted != sum {
					t.Errorf("%s: Stats() = %+v, want %d submitted, %d cancelled, %d refused", when, s, submitted, cancelled, refused)
				}
				if s.Name != "mill" || s.Goroutines != 0 || s.MaxWeight != 0 || s.QueueLimit != -1 {
					t.Errorf("%s: Stats() = %+v, want the name of the pool, and no other figure of it", when, s)
				}
			}
		}
		pool.Submit(ended(errBoom), g, nop)
		want("the context has ended", 1, 1, 0)
		pool.Submit(bg, g, nop, millrace.WithWeight(2))
		want("too heavy", 1, 1, 1)
		release := blocker(p, 1)
		pool.Submit(bg, g, nop)
		pool.Submit(bg, g, nop, millrace.WithOverflow(millrace.Reject))
		want("full", 2, 1, 2)
		go pool.Submit(bg, g, nop)
		synctest.Wait()
		p.Drop(nil)
		want("dropped, one of a blocked submitter", 3, 3, 2)
		g.Cancel(nil)
		pool.Submit(bg, g, nop)
		want("cancelled", 4, 4, 2)
		release()
		p.Close()
		pool.Submit(bg, g, nop)
		want("the pool is closed", 4, 4, 3)
	})
}

// A group that is made over one that has ended, with a context that has ended, has ended,
// whoever comes first to say so.
func TestGroupOfEndedContextOverEndedGroup(t *testing.T) {
	p := pool.New(one)
	defer p.Close()
	outer := pool.NewGroup(bg, p)
	outer.Cancel(errBoom)
	ctx := ended(errBoom)
	for range 2000 {
		g := pool.NewGroup(ctx, outer)
		if err := g.Wait(); err != nil || g.Context().Err() == nil {
			t.Fatalf("Wait() = %v, want nil; the context of the group has Err() = %v, want an error", err, g.Context().Err())
		}
	}
}

// A member that lends its slot, or waits for its next attempt, counts as waiting.
func TestStatsOfMembersThatWait(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(ctx context.Context) (int, error)
		opts []millrace.TaskOption
	}{
		"lends": {do: func(ctx context.Context) (int, error) {
			pool.Outside(ctx, func() { time.Sleep(time.Hour) })
			return 1, nil
		}},
		"rests": {boom, []millrace.TaskOption{millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Hour, n == 1 })}},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithMaxWeight(2))
			g := pool.NewGroup(bg, p, millrace.IgnoreErrors())
			pool.Submit(bg, g, c.do, append(c.opts, millrace.WithWeight(2))...)
			synctest.Wait()
			if s := g.Stats(); s.Waiting != 1 || s.Running != 0 || s.Weight != 0 {
				t.Errorf("%s: Stats() of the group = %+v, want one that waits, and holds nothing", name, s)
			}
			p.Close()
		})
	}
}

// The oldest queued member of a group may be one of a group over it, or one of its own.
func TestOldestQueuedOfGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		outer := pool.NewGroup(bg, p)
		inner := pool.NewGroup(bg, outer)
		want := func(when string, ofOuter, ofInner time.Duration) {
			t.Helper()
			if o, i := outer.Stats().OldestQueued, inner.Stats().OldestQueued; o != ofOuter || i != ofInner {
				t.Errorf("%s: OldestQueued = %v, of the group over it %v, want %v, %v", when, o, i, ofOuter, ofInner)
			}
		}
		pool.Submit(bg, p, nop)
		time.Sleep(time.Second)
		want("no member", 0, 0)
		first := pool.Submit(bg, inner, nop)
		time.Sleep(time.Second)
		own := pool.Submit(bg, outer, nop)
		time.Sleep(time.Second)
		pool.Submit(bg, outer, nop)
		pool.Submit(bg, inner, nop)
		time.Sleep(time.Second)
		want("the first is of the group over it", 3*time.Second, 3*time.Second)
		first.Cancel()
		want("the first is its own", 2*time.Second, time.Second)
		own.Cancel()
		want("both have one as old", time.Second, time.Second)
		release()
		p.Close()
		want("at the end", 0, 0)
	})
}

// The first failure of a group, taken over by a Then, may be what ends the group around it, amid the
// end of the inner one.
func TestEndOfInnerGroupEndsTheOuterOne(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		outer := pool.NewGroup(bg, p)
		inner := pool.NewGroup(bg, outer)
		gate := make(chan struct{})
		f := pool.Submit(bg, inner, func(context.Context) (int, error) { <-gate; return 0, errBoom })
		then := pool.Then(bg, inner, f, func(context.Context, int) (int, error) { return 1, nil })
		behind := pool.Submit(bg, inner, nop)
		close(gate)
		if err := outer.Wait(); err != errBoom {
			t.Errorf("Wait() of the outer group = %v, want %v", err, errBoom)
		}
		if _, err := then.Await(bg); err != errBoom {
			t.Errorf("the Then of the failure: %v, want %v", err, errBoom)
		}
		wantNeverRan(t, "the member behind it", behind, errBoom)
		if s := stats(t, p); s.Failed != 2 || s.Cancelled != 1 || s.Waiting != 0 {
			t.Errorf("Stats() = %+v, want two that have failed, and one cancelled", s)
		}
		p.Close()
	})
}
