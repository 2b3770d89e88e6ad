package sched_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A worker that finds, before another attempt, that the context of its pool has ended does what
// follows from it at once, and does not leave that to the next section of the pool.
func TestRetryAfterTheEndOfThePoolsContext(t *testing.T) {
	for _, tell := range []bool{false, true} {
		ctx := &untold{bg, make(chan struct{})}
		with(t, options.Pool{Workers: 1, Context: ctx}, func(t *testing.T, p *sched.Pool) {
			var j *job
			j = rich(func(context.Context) {
				j.SetErr(errors.New("again"))
				close(ctx.done)
				if sched.Retries(&j.Task, tell) {
					t.Error("a task may have another attempt after the end of the pool's context")
				}
				if sched.EffectsLeft(p) {
					t.Errorf("effects are left; tell %v", tell)
				}
			}, func(*options.Task) {})
			submit(p, j)
			await(t, j)
			wantState(t, "the task", j, outcome.Failed)
		})
	}
}

// untold is a context that tells nothing of its end: it is known when it is asked for.
type untold struct {
	context.Context
	done chan struct{}
}

func (u *untold) Done() <-chan struct{} { return u.done }

func (u *untold) Err() error {
	select {
	case <-u.done:
		return context.Canceled
	default:
		return nil
	}
}

// AfterFunc is what context.AfterFunc uses.
func (u *untold) AfterFunc(func()) (stop func() bool) { return func() bool { return true } }
