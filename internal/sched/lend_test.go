package sched_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A member that settles before it has a slot has none to offer to the others, and the pool
// does not keep the wait for them.
func TestOffersOfMembers(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		later := func(o *options.Task) { o.Delay = time.Hour }
		first, second := rich(nothing, later), rich(nothing, later)
		parent := plain(func(ctx context.Context) {
			g := sched.NewGroup(ctx, ctx, p, options.Group{}, nil)
			g.Submit(ctx, &first.Task)
			g.Submit(ctx, &second.Task)
			_ = g.Wait()
		})
		submit(p, parent)
		synctest.Wait()
		first.Cancel()
		wantState(t, "the other member", second, outcome.Pending)
		if n := sched.Offers(p); n != 0 {
			t.Errorf("%d waits are kept to be offered a slot, want none", n)
		}
		second.Cancel()
		await(t, parent)
	})
}
