package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The room of a group goes to the members of the highest priority, though the group has let one of
// a lower priority in before: that may have to wait long for a slot, behind tasks that have
// nothing to do with the group.
func TestRoomOfAGroupGoesByPriority(t *testing.T) {
	for name, opt := range map[string]millrace.GroupOption{
		"limit": millrace.WithLimit(1),
		"rate":  millrace.WithRate(1, 1),
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			defer p.Close()
			g := pool.NewGroup(bg, p, opt, millrace.IgnoreErrors())
			begin := time.Now()
			nap := func(d time.Duration) func(context.Context) error {
				return func(context.Context) error { time.Sleep(d * time.Second); return nil }
			}
			pool.Go(bg, g, nap(2))
			synctest.Wait()
			low := pool.Submit(bg, g, nop) // waits for the group
			for range 40 {                 // so many that low, when it is let in, waits for a slot
				pool.Go(bg, p, nap(10), millrace.WithPriority(1))
			}
			time.Sleep(5 * time.Second)
			pool.Go(bg, g, nap(20), millrace.WithPriority(2))
			second := pool.Submit(bg, g, nop, millrace.WithPriority(2)) // waits for the group when low has been let in
			second.Await(bg)
			if took := time.Since(begin); took > 45*time.Second {
				t.Errorf("%s: the members of high priority end after %v, want at most 45s", name, took)
			}
			if low.State().Settled() {
				t.Errorf("%s: the member of low priority is done before all of higher priority", name)
			}
		})
	}
}

// A new member does not pass those of its group that wait there for room, though one of them keeps
// that while it waits for a group around.
func TestMembersAreNotPassed(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		outer := pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
		inner := pool.NewGroup(bg, outer, millrace.WithLimit(1), millrace.IgnoreErrors())
		var order journal
		say := func(g *pool.Group, what string) {
			pool.Go(bg, g, func(context.Context) error {
				order.add(what)
				time.Sleep(time.Second)
				return nil
			})
		}
		say(inner, "first")
		synctest.Wait()
		say(outer, "outer")
		say(inner, "keeps")
		say(inner, "waits")
		time.Sleep(1500 * time.Millisecond)
		say(inner, "new")
		p.Close()
		if got, want := order.String(), "first outer keeps waits new"; got != want {
			t.Errorf("members start in the order %s, want %s", got, want)
		}
	})
}
