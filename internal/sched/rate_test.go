package sched_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// While there is no slot, what may start by its group's rate comes back one by one: or else all of
// them would come back, and would be put aside again when the first of them starts.
func TestRatedMembersComeBackOneByOne(t *testing.T) {
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
		if n := sched.Rated(g); n != members-1 {
			t.Errorf("%d of %d members wait for the rate while there is no slot, want all but one", n, members)
		}
		release()
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
	})
}
