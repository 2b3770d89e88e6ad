package sched_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// Delayed tasks of any order start each at its time, and the timer is set while one of
// them is left.
func TestClock(t *testing.T) {
	with(t, options.Pool{Workers: 4}, func(t *testing.T, p *sched.Pool) {
		born := time.Now()
		var jobs []*job
		starts := make([]time.Duration, 7)
		for _, i := range []int{3, 1, 6, 2, 5, 4} {
			jobs = append(jobs, rich(func(context.Context) { starts[i] = time.Since(born) }, delay(time.Duration(i)*time.Second)))
		}
		submit(p, jobs...)
		if alarms, set := sched.Alarms(p); alarms != 6 || !set {
			t.Errorf("%d alarms, timer set: %v, want 6 and true for 6 delayed tasks", alarms, set)
		}
		await(t, jobs...)
		for i := 1; i < 7; i++ {
			if want := time.Duration(i) * time.Second; starts[i] != want {
				t.Errorf("a task delayed by %v has started after %v", want, starts[i])
			}
		}
		if alarms, set := sched.Alarms(p); alarms != 0 || set {
			t.Errorf("%d alarms, timer set: %v, want 0 and false with nothing delayed", alarms, set)
		}
	})
}

// Tasks that are dropped before their time leave no timer behind.
func TestClockForgets(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		var jobs []*job
		for i := range 10 {
			jobs = append(jobs, rich(nothing, delay(time.Duration(1+i)*time.Hour)))
		}
		submit(p, jobs...)
		if n := p.Drop(nil); n != 10 {
			t.Errorf("Drop() = %d, want 10", n)
		}
		for _, j := range jobs {
			wantState(t, "dropped", j, outcome.Cancelled)
		}
		if alarms, set := sched.Alarms(p); alarms != 0 || set {
			t.Errorf("%d alarms, timer set: %v, want 0 and false after all have been dropped", alarms, set)
		}
	})
}

// A rate that lets nothing start for longer than a Duration can tell does not make the
// timer ring before that.
func TestClockOfTheLowestRate(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		lowest := options.Rate{PerSecond: math.SmallestNonzeroFloat64, Burst: 1}
		p := sched.New(options.Pool{Workers: 1, Queue: options.Unbounded, Rate: lowest})
		defer p.Close()
		first := plain(nothing)
		submit(p, first, plain(nothing))
		await(t, first)
		if next := sched.NextAlarm(p); next != math.MaxInt64 {
			t.Errorf("the timer rings after %v, want the longest time there is", next)
		}
		p.Drop(nil)
	})
}

func delay(d time.Duration) func(*options.Task) {
	return func(o *options.Task) { o.Delay = d }
}
