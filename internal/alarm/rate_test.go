package alarm_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/bubble"
)

// A rate allows a burst, then one at a time, and rings when it allows the next.
func TestRate(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := newLog()
		var r, none alarm.Rate[int]
		none.Set(0, 0, nil)
		r.Set(2, 3, l.ring)
		if none.On() || !r.On() || !none.Allows(&l.clock, 1000) {
			t.Errorf("On() of no bound = %v, of one = %v, want false and true", none.On(), r.On())
		}
		for others := range 3 {
			if !r.Allows(&l.clock, others) {
				t.Errorf("a burst of 3 does not allow one beside %d others", others)
			}
		}
		for range 3 {
			r.Spend(&l.clock)
		}
		if d := r.Wait(&l.clock, 1); d != time.Second {
			t.Errorf("Wait() = %v for the second one, want 1s at 2 a second", d)
		}
		if r.Allows(&l.clock, 0) || !r.Rings() {
			t.Error("a rate that is used up allows another one, or does not ring")
		}
		if got := l.after(time.Second / 2); !slices.Equal(got, []int{0}) || !r.Allows(&l.clock, 0) {
			t.Errorf("rung: %v, want once, after half a second, when another one is allowed", got)
		}
		if r.Allows(&l.clock, 1); !r.Rings() {
			t.Error("no alarm for the next")
		}
		if r.Stop(&l.clock); r.Rings() || l.clock.Len() != 0 {
			t.Error("Stop() leaves an alarm")
		}
		l.mu.Unlock()
	})
}

// The next one is allowed when the rate rings for it, also if the time until then is no whole number
// of nanoseconds, or longer than a time can be.
func TestRateOfAnyInterval(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := newLog()
		var r, slow alarm.Rate[int]
		r.Set(3, 1, l.ring)
		for n := range 10 {
			r.Spend(&l.clock)
			if r.Allows(&l.clock, 0) {
				t.Error("a rate that is used up allows another one")
			}
			if got := l.after(r.Wait(&l.clock, 0)); len(got) != n+1 || !r.Allows(&l.clock, 0) {
				t.Errorf("it has rung %d times, want %d, each when another one is allowed", len(got), n+1)
			}
		}
		slow.Set(1e-300, 1, l.ring)
		slow.Spend(&l.clock)
		if d := slow.Wait(&l.clock, 0); d != math.MaxInt64 {
			t.Errorf("Wait() = %v at 1e-300 a second, want the longest time", d)
		}
		l.mu.Unlock()
	})
}
