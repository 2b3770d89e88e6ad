package sched_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// named is a job that writes its name when it starts.
func named(to *[]string, name string, set func(*options.Task)) *job {
	return rich(func(context.Context) { *to = append(*to, name) }, set)
}

// The task that has the turn of a key inherits the highest priority of those behind it, for
// as long as they are there.
func TestTurnInheritsPriority(t *testing.T) {
	for _, c := range []struct {
		cancel bool
		want   []string
	}{
		{false, []string{"low", "high", "middle"}},
		{true, []string{"middle", "low"}},
	} {
		with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
			holds, release := hold()
			submit(p, holds)
			synctest.Wait()
			var got []string
			low := named(&got, "low", func(o *options.Task) { o.Key = 1 })
			middle := named(&got, "middle", func(o *options.Task) { o.Priority = 1 })
			high := named(&got, "high", func(o *options.Task) { o.Key, o.Priority = 1, 2 })
			submit(p, low, middle, high)
			if c.cancel && !high.Cancel() {
				t.Error("Cancel() of a task behind its key = false")
			}
			release()
			await(t, low, middle, high)
			if !slices.Equal(got, c.want) {
				t.Errorf("tasks start in the order %v, want %v; cancel %v", got, c.want, c.cancel)
			}
		})
	}
}

// The turn goes on in order of submission, whatever the state is of the task that had it, and
// the pool forgets a key that nothing uses.
func TestTurnGoesOn(t *testing.T) {
	with(t, options.Pool{Workers: 4}, func(t *testing.T, p *sched.Pool) {
		key := func(o *options.Task) { o.Key = "k" }
		gate := make(chan struct{})
		first := rich(func(context.Context) { <-gate }, key)
		var got []string
		second, third, last := named(&got, "second", key), named(&got, "third", key), named(&got, "last", key)
		submit(p, first, second, third, last)
		synctest.Wait()
		wantState(t, "behind the first", second, outcome.Pending)
		if n := sched.Keys(p); n != 1 {
			t.Errorf("%d keys are in use, want 1", n)
		}
		third.Cancel()
		close(gate)
		await(t, first, second, third, last)
		if want := []string{"second", "last"}; !slices.Equal(got, want) {
			t.Errorf("tasks start in the order %v, want %v", got, want)
		}
		if n := sched.Keys(p); n != 0 {
			t.Errorf("%d keys are in use, want none", n)
		}
	})
}
