package pool_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A Submit that is blocked on a full queue has no member yet: Wait returns without
// it, closes the group, and by that ends it, and those behind it get on.
func TestGroupWaitEndsBlockedSubmit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithQueue(1), millrace.WithMaxWeight(1))
		release := blocker(p, 1)
		g := pool.NewGroup(bg, p)
		pending := pool.Submit(bg, p, nop) // for weight
		var member, next atomic.Pointer[intFuture]
		go func() { member.Store(pool.Submit(bg, g, nop)) }()
		synctest.Wait()
		go func() { next.Store(pool.Submit(bg, p, nop, millrace.WithWeight(0), millrace.WithPriority(1))) }()
		synctest.Wait()
		if member.Load() != nil || next.Load() != nil {
			t.Fatal("a Submit to a full queue returns")
		}

		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		synctest.Wait()
		if member.Load() == nil || next.Load() == nil {
			t.Fatal("a Submit is still blocked")
		}
		wantNeverRan(t, "the member", member.Load(), pool.ErrClosed)
		wantValue(t, "the next", next.Load(), 1)
		release()
		wantValue(t, "the pending one", pending, 1)
		p.Close()
	})
}

// A Submit to a group that has no other members, and is blocked, ends with a group around that,
// whether it is cancelled or waited for.
func TestBlockedSubmitEndsWithOuterGroup(t *testing.T) {
	for name, end := range map[string]struct {
		call func(*pool.Group)
		want error
	}{
		"Cancel": {func(g *pool.Group) { g.Cancel(errBoom) }, errBoom},
		"Wait":   {func(g *pool.Group) { _ = g.Wait() }, pool.ErrClosed},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithQueue(1))
			release := blocker(p, 1)
			pool.Submit(bg, p, nop) // has the place
			outer := pool.NewGroup(bg, p)
			inner := pool.NewGroup(bg, pool.NewGroup(bg, outer))
			blocked := func() [2]int { return [2]int{outer.Stats().Blocked, inner.Stats().Blocked} }
			var member atomic.Pointer[intFuture]
			go func() { member.Store(pool.Submit(bg, inner, nop)) }()
			synctest.Wait()
			if got := blocked(); member.Load() != nil || got != [2]int{1, 1} {
				t.Fatalf("%s: %d submitters are blocked, want one of both groups", name, got)
			}
			end.call(outer)
			if got := blocked(); got != [2]int{} {
				t.Errorf("%s: %d submitters are blocked after the end of the group, want none", name, got)
			}
			synctest.Wait()
			if member.Load() == nil {
				t.Fatalf("%s: the submitter is still blocked", name)
			}
			wantNeverRan(t, name, member.Load(), end.want)
			release()
			p.Close()
		})
	}
}
