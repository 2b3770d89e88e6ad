package sched_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A worker that finds, before another attempt, that the group of its task has ended does what
// follows from it at once, and does not leave that to the next section of the pool.
func TestRetryAfterTheEndOfItsGroup(t *testing.T) {
	for _, tell := range []bool{false, true} {
		with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
			ctx, cancel := context.WithCancel(bg)
			g := sched.NewGroup(bg, ctx, p, options.Group{}, func(error) {})
			var j *job
			j = rich(func(context.Context) {
				j.SetErr(errors.New("again"))
				cancel()
				if sched.Retries(&j.Task, tell) {
					t.Error("a member may have another attempt after the end of its group")
				}
				if sched.EffectsLeft(p) {
					t.Errorf("effects are left; tell %v", tell)
				}
			}, func(*options.Task) {})
			g.Submit(bg, &j.Task)
			await(t, j)
			wantState(t, "the member", j, outcome.Failed)
		})
	}
}
