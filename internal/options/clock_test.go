package options_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
)

// The clock of observers tells the time, also when it is used in a bubble that it was not
// made in.
func TestObserversClock(t *testing.T) {
	o := options.JoinObservers(nil, &full{})
	check := func(t *testing.T, where string) {
		t.Helper()
		before := time.Now()
		got := o.Now()
		if after := time.Now(); got.Before(before) || got.After(after) || got.Location() != before.Location() {
			t.Errorf("%s, Now() = %v, want a time from %v to %v", where, got, before, after)
		}
		if wall := got.Round(0).Sub(before.Round(0)); wall < -time.Second || wall > time.Minute {
			t.Errorf("%s, Now() is %v off the wall clock", where, wall)
		}
	}
	for range 3 {
		check(t, "outside")
	}
	synctest.Test(t, func(t *testing.T) {
		for range 5 {
			check(t, "in a bubble")
			time.Sleep(300 * time.Millisecond)
		}
	})
	check(t, "outside again")
}
