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

// A task gets the slot that is lent to it only if it could start otherwise, too: its weight
// fits, its group has room, and the rate lets it pass.
func TestLentSlotIsNotEnough(t *testing.T) {
	for name, test := range map[string]struct {
		options []millrace.PoolOption
		group   []millrace.GroupOption
		child   []millrace.TaskOption
		member  bool // what runs beside the task that lends is a member of the group, too
		free    bool // it ends at once, and what the child waits for is time
	}{
		"weight":        {options: []millrace.PoolOption{millrace.WithMaxWeight(2)}, child: []millrace.TaskOption{millrace.WithWeight(2)}},
		"limit":         {group: []millrace.GroupOption{millrace.WithLimit(1)}, member: true},
		"rate":          {options: []millrace.PoolOption{millrace.WithRate(1, 2)}, free: true},
		"rate of group": {group: []millrace.GroupOption{millrace.WithRate(1, 1)}, member: true, free: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				began := time.Now()
				p := pool.New(append(test.options, two)...)
				g := pool.NewGroup(bg, p, test.group...)
				gate := make(chan struct{})
				other := pool.Executor(p)
				if test.member {
					other = g
				}
				beside := pool.Submit(bg, other, waitsFor(gate))
				var child *intFuture
				parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					child = pool.Submit(ctx, g, nop, test.child...)
					if test.free {
						close(gate)
						beside.Await(bg)
					}
					return child.Await(ctx)
				})
				synctest.Wait()
				if s := stats(t, p); child.State() != future.Pending || s.Waiting != 1 {
					t.Errorf("%v, Stats() = %+v, want the child pending, its parent waiting", child, s)
				}
				if !test.free {
					close(gate)
				}
				wantValue(t, "the parent", parent, 1)
				if took := time.Since(began); test.free != (took == time.Second) {
					t.Errorf("the child has started after %v", took)
				}
				p.Close()
			})
		})
	}
}

// Of the members of a group and of the groups over it, those that a task waits for get its slot
// in order of submission, before what was in the queue.
func TestLentSlotGoesToMembersInOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var order journal
		waiter := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			pool.Submit(bg, p, order.task("queued"))
			g := pool.NewGroup(ctx, p)
			groups := []*pool.Group{pool.NewGroup(bg, g), g, pool.NewGroup(bg, g), pool.NewGroup(bg, g)}
			groups = append(groups, pool.NewGroup(bg, groups[0]))
			for i, of := range []int{2, 1, 4, 3, 0, 2, 1, 4} {
				pool.Submit(bg, groups[of], order.task(string(rune('a'+i))))
			}
			return 1, g.Wait()
		})
		wantValue(t, "the task that waits", waiter, 1)
		p.Close()
		order.want(t, "a b c d e f g h queued")
	})
}
