package sched_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// Stop gives up on members that are between two attempts. The first of them ends its group,
// and so the others, of which the pool must not keep anything then.
func TestStopOfRestingMembers(t *testing.T) {
	with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
		g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
		var jobs [3]*job
		for i := range jobs {
			jobs[i] = rich(func(context.Context) { jobs[i].SetErr(errors.New("a failure")) }, func(o *options.Task) {
				o.Retry = func(int, error) (time.Duration, bool) { return time.Hour, true }
			})
			g.Submit(bg, &jobs[i].Task)
		}
		synctest.Wait()
		p.Stop(nil)
		for _, j := range jobs {
			wantState(t, "a task between two attempts, after Stop", j, outcome.Failed)
		}
		if n := sched.Early(p); n != 0 {
			t.Errorf("after Stop %d settled tasks are still to be aborted, want 0", n)
		}
	})
}
