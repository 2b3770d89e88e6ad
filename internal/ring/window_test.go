package ring_test

import (
	"math"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/ring"
)

func TestWindow(t *testing.T) {
	const us = time.Microsecond
	for _, c := range []struct {
		fixed, runners int
		cost           time.Duration
		want           uint64
	}{
		{7, 4, 0, 7},
		{7, 4, us, 7},
		{0, 4, 0, 8},
		{0, 4, time.Second, 8},
		{0, 4, 100 * us, 10},
		{0, 4, us, 512},
		{0, 4, 1, 512},
		{0, 1000, time.Second, 2000},
		{0, 1000, 1, 2000},
		{math.MaxInt, 1, 1, ring.MaxWindow},
		{0, math.MaxInt, 1, ring.MaxWindow},
		{0, math.MaxInt/2 + 1, 0, ring.MaxWindow},
		{math.MaxInt, math.MaxInt, time.Hour, ring.MaxWindow},
	} {
		w := ring.NewWindow(c.fixed, c.runners)
		if got := w.Size(c.cost); got != c.want {
			t.Errorf("window %d, %d runners, items of %v: %d, want %d", c.fixed, c.runners, c.cost, got, c.want)
		}
	}
}

// A window that adapts doubles when the first item holds up the others, up to a bound.
func TestWiden(t *testing.T) {
	w := ring.NewWindow(0, 2)
	for want := uint64(8); want <= 512; want *= 2 {
		if !w.Widen(time.Second) || w.Size(time.Second) != want {
			t.Fatalf("widened to %d, want %d", w.Size(time.Second), want)
		}
	}
	if w.Widen(time.Second) || w.Size(time.Second) != 512 {
		t.Errorf("widened to %d, want 512", w.Size(time.Second))
	}
	for _, w := range []func() ring.Window{func() ring.Window { return ring.NewWindow(4, 2) }, func() ring.Window { return ring.NewWindow(0, 400) }} {
		w := w()
		if n := w.Size(0); w.Widen(0) || w.Size(0) != n {
			t.Errorf("a window of %d was widened", n)
		}
	}
}
