package sched_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// While there is no slot, no more members come back than may start at once by their group's rate:
// the others would be put aside again when the first of them start. Nothing rings meanwhile.
func TestRatedMembersComeBackAsTheyMayStart(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		g := sched.NewGroup(bg, bg, p, options.Group{Rate: options.Rate{PerSecond: 1, Burst: 10}}, nil)
		const members = 100
		for range 10 + members {
			g.Submit(bg, &rich(nothing, func(*options.Task) {}).Task)
		}
		synctest.Wait()
		holds, release := hold()
		submit(p, holds)
		synctest.Wait()
		time.Sleep(time.Minute)
		if n := sched.Stalled(g); n != members-10 {
			t.Errorf("%d of %d members wait for the rate while there is no slot, want all but the 10 of a burst", n, members)
		}
		if alarms, set := sched.Alarms(p); alarms != 0 || set {
			t.Errorf("%d alarms, timer set: %v, want none while nothing more may start", alarms, set)
		}
		release()
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
	})
}

// A member that a group has let in, and that waits for a group around that, keeps the room: the
// others do not come after it, only to go back when it starts.
func TestMembersWaitWhereTheyCannotPass(t *testing.T) {
	for name, inner := range map[string]options.Group{
		"limit": {Limit: 1},
		"rate":  {Rate: options.Rate{PerSecond: 1, Burst: 1}},
	} {
		with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
			outer := sched.NewGroup(bg, bg, p, options.Group{Limit: 1, IgnoreErrors: true}, nil)
			g := sched.NewGroup(bg, bg, outer, inner, nil)
			none := func(*options.Task) {}
			first, second := make(chan struct{}), make(chan struct{})
			g.Submit(bg, &rich(func(context.Context) { <-first }, none).Task)
			synctest.Wait()
			outer.Submit(bg, &rich(func(context.Context) { <-second }, none).Task)
			for range 100 {
				g.Submit(bg, &rich(nothing, none).Task)
			}
			synctest.Wait()
			close(first)
			time.Sleep(time.Minute)
			if n, out := sched.Stalled(g), sched.Stalled(outer); n != 99 || out != 1 {
				t.Errorf("%s: %d members wait for the inner group and %d for the outer one, want 99 and 1", name, n, out)
			}
			close(second)
			if err := g.Wait(); err != nil {
				t.Errorf("%s: Wait() = %v, want nil", name, err)
			}
		})
	}
}
