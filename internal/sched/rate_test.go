package sched_test

import (
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
