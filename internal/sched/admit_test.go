package sched_test

import (
	"context"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// log makes jobs that write down their names.
type log struct{ names []string }

func (l *log) job(name string, set func(*options.Task)) *job {
	return rich(func(context.Context) { l.names = append(l.names, name) }, set)
}

// A paused pool of one slot starts what has come meanwhile by priority, then flows in
// turns, then in order of submission.
func TestAdmissionOrder(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		p.Pause()
		var l log
		var jobs []*job
		add := func(name string, priority int, flow any) {
			jobs = append(jobs, l.job(name, func(o *options.Task) { o.Priority, o.Flow = priority, flow }))
		}
		add("low", -1, nil)
		add("c 1", 0, "c")
		add("a 1", 0, "a")
		add("a 2", 0, "a")
		add("high 1", 1, nil)
		add("b 1", 0, "b")
		add("c 2", 0, "c")
		add("high 2", 1, nil)
		add("c 3", 0, "c")
		submit(p, jobs...)
		p.Resume()
		await(t, jobs...)
		want := []string{"high 1", "high 2", "c 1", "a 1", "b 1", "c 2", "a 2", "c 3", "low"}
		if !slices.Equal(l.names, want) {
			t.Errorf("the tasks start as %q, want %q", l.names, want)
		}
	})
}

// Tasks of one key run in the order of submission and hold back no others; the first has
// the highest priority of them all.
func TestAdmissionByKey(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		p.Pause()
		var l log
		jobs := []*job{
			l.job("k 1", func(o *options.Task) { o.Key = "k" }),
			l.job("other", func(o *options.Task) { o.Priority = 1 }),
			l.job("k 2", func(o *options.Task) { o.Key, o.Priority = "k", 2 }),
		}
		submit(p, jobs...)
		p.Resume()
		await(t, jobs...)
		if want := []string{"k 1", "k 2", "other"}; !slices.Equal(l.names, want) {
			t.Errorf("the tasks start as %q, want %q", l.names, want)
		}
	})
}

// A heavy task that does not fit yet holds back the light ones behind it; one that never
// fits is refused.
func TestAdmissionByWeight(t *testing.T) {
	with(t, options.Pool{Workers: 3, MaxWeight: 2}, func(t *testing.T, p *sched.Pool) {
		holds, release := hold()
		weight := func(w int64) func(*options.Task) { return func(o *options.Task) { o.Weight = w } }
		heavy, light, never := rich(nothing, weight(2)), plain(nothing), rich(nothing, weight(3))
		submit(p, holds, heavy, light, never)
		wantState(t, "heavier than the pool", never, outcome.Cancelled)
		wantState(t, "the heavy one", heavy, outcome.Pending)
		wantState(t, "a light one behind it", light, outcome.Pending)
		release()
		await(t, heavy, light)
		wantState(t, "the light one", light, outcome.Succeeded)
	})
}

// More slots start tasks at once; fewer stop none.
func TestResizeAdmits(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		var holds []*job
		for range 5 {
			j, release := hold()
			defer release()
			holds = append(holds, j)
		}
		submit(p, holds...)
		for _, r := range []struct{ slots, want int }{{1, 1}, {3, 3}, {2, 3}, {4, 4}} {
			p.Resize(r.slots)
			running := 0
			for _, j := range holds {
				if j.State() == outcome.Running {
					running++
				}
			}
			if running != r.want {
				t.Errorf("with %d slots %d tasks run, want %d", r.slots, running, r.want)
			}
		}
	})
}
