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
// and so the others.
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
	})
}

// The end of a member, or of its attempt, ends what it leaves behind. If that is a member of
// the same group which is between two attempts, the group ends with its failure, and the first
// one, which ends or rests, with the group.
func TestMemberThatEndsItsGroup(t *testing.T) {
	for _, again := range []bool{false, true} {
		with(t, options.Pool{Workers: 3}, func(t *testing.T, p *sched.Pool) {
			g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
			retried := func(o *options.Task) {
				o.Retry = func(int, error) (time.Duration, bool) { return time.Hour, true }
			}
			var first, last *job
			last = rich(func(context.Context) { last.SetErr(errors.New("a failure")) }, retried)
			between := plain(func(ctx context.Context) {
				g.Submit(ctx, &last.Task)
				time.Sleep(time.Second)
			})
			want, set := outcome.Succeeded, func(*options.Task) {}
			if again {
				want, set = outcome.Failed, retried
			}
			first = rich(func(ctx context.Context) {
				p.Submit(ctx, &between.Task)
				time.Sleep(time.Millisecond)
				if again {
					first.SetErr(errors.New("another failure"))
				}
			}, set)
			start := time.Now()
			g.Submit(bg, &first.Task)
			await(t, first, last)
			wantState(t, "the member that ends", first, want)
			wantState(t, "the member that it leaves between two attempts", last, outcome.Failed)
			if d := time.Since(start); d > time.Second {
				t.Errorf("the members have settled after %v, want at once", d)
			}
		})
	}
}
