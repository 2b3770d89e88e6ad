package alarm_test

import (
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/bubble"
)

// A log is what has rung, and when. The test holds its lock, but in after.
type log struct {
	mu    sync.Mutex
	clock alarm.Clock[int]
	rung  []int
	at    []time.Duration
}

func newLog() *log {
	l := new(log)
	l.clock.Init(func() {
		l.mu.Lock()
		l.clock.Ring()
		l.mu.Unlock()
	}, func(n int) uint64 { return uint64(n) })
	l.mu.Lock()
	return l
}

func (l *log) ring(n int) {
	l.rung = append(l.rung, n)
	l.at = append(l.at, l.clock.Now())
}

// after returns what has rung once d has passed.
func (l *log) after(d time.Duration) []int {
	l.mu.Unlock()
	time.Sleep(d)
	synctest.Wait()
	l.mu.Lock()
	return l.rung
}

// Alarms ring at their times, those of one time in their order, and the timer is set while
// there is one.
func TestRing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := newLog()
		alarms := make([]alarm.Alarm[int], 7)
		for _, n := range []int{6, 2, 5, 1, 3, 4} {
			l.clock.Set(&alarms[n], time.Duration(n/2)*time.Second, n, l.ring)
		}
		if n, next := l.clock.Len(), l.clock.Next(); n != 6 || next != 1 {
			t.Errorf("Len() = %d, Next() = %v, want 6 and that of the first", n, next)
		}
		if got := l.after(time.Minute); !slices.Equal(got, []int{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%v have rung, want all in order", got)
		}
		for i, n := range l.rung {
			if want := time.Duration(n/2) * time.Second; l.at[i] != want {
				t.Errorf("an alarm of %v has rung after %v", want, l.at[i])
			}
		}
		if n, next := l.clock.Len(), l.clock.Next(); n != 0 || next != 0 {
			t.Errorf("Len() = %d, Next() = %v, want 0 and 0 when all have rung", n, next)
		}
	})
}

// An alarm that is set is set again only to ring sooner, one that was stopped does not ring,
// and with the last one the timer goes.
func TestStop(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := newLog()
		var a, b alarm.Alarm[int]
		l.clock.Set(&a, time.Minute, 0, l.ring)
		l.clock.Set(&a, time.Second, 1, l.ring)
		l.clock.Set(&a, time.Hour, 2, l.ring)
		l.clock.Set(&b, time.Hour, 3, l.ring)
		l.clock.Stop(&b)
		l.clock.Stop(&b)
		if got := l.after(2 * time.Hour); !slices.Equal(got, []int{1}) || l.at[0] != time.Second {
			t.Errorf("%v have rung, at %v, want the first alone, after a second", got, l.at)
		}
		l.clock.Set(&b, math.MaxInt64, 4, l.ring)
		if next := l.clock.Next(); next != math.MaxInt64 {
			t.Errorf("Next() = %v, want the longest time there is", next)
		}
		if l.clock.Stop(&b); l.clock.Len() != 0 || l.clock.Next() != 0 {
			t.Errorf("Len() = %d, Next() = %v, want 0 and 0 after the last was stopped", l.clock.Len(), l.clock.Next())
		}
	})
}

// What rings may stop what is due as well, and set itself and others again.
func TestRingChangesAlarms(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := newLog()
		var a, b, c alarm.Alarm[int]
		l.clock.Set(&a, time.Second, 1, func(n int) {
			l.ring(n)
			l.clock.Stop(&b)
			l.clock.Set(&a, time.Second, 4, l.ring)
			l.clock.Stop(&c)
			l.clock.Set(&c, time.Minute, 5, l.ring)
		})
		l.clock.Set(&b, time.Second, 2, l.ring)
		l.clock.Set(&c, time.Second, 3, l.ring)
		if got := l.after(time.Second); !slices.Equal(got, []int{1}) {
			t.Errorf("%v have rung, want the first, which has stopped the others", got)
		}
		if got := l.after(time.Hour); !slices.Equal(got, []int{1, 4, 5}) {
			t.Errorf("%v have rung, want what the first has set, too", got)
		}
	})
}

// Each is told of all alarms that are set, and what they are for.
func TestEach(t *testing.T) {
	l := newLog()
	alarms := make([]alarm.Alarm[int], 3)
	for n := range alarms {
		l.clock.Set(&alarms[n], time.Hour, n, l.ring)
	}
	l.clock.Stop(&alarms[1])
	var got []int
	l.clock.Each(func(a *alarm.Alarm[int], n int) {
		if a == &alarms[n] {
			got = append(got, n)
		}
	})
	if slices.Sort(got); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("Each() calls f with %v, want 0 and 2", got)
	}
	l.clock.Drop()
}
