package ring

import (
	"sync/atomic"
	"time"
)

const (
	// MaxWindow is the largest window there is: larger ones are cut to it, so that no sum
	// of a window and a number overflows.
	MaxWindow = 1 << 29

	// The most that an adaptive window grows to: beyond it a stalled head is not
	// hidden any better, and the results cost memory.
	maxAdaptive = 512

	// An adaptive window holds this much work for each runner: enough that runners, the
	// feeder and the loop need not take turns item by item. 1 us items get the
	// greatest window, 1 ms items the least.
	lookahead = 256 * time.Microsecond
)

// A Window is how many items may be pulled and not delivered.
type Window struct {
	fixed, least uint64
	runners      uint64
	stalls       atomic.Uint64 // how large a window stalls have asked for
}

// NewWindow returns a window of fixed items; or, if that is 0, one that adapts to
// what items cost, for so many runners at once.
func NewWindow(fixed, runners int) Window {
	n := uint64(runners)
	return Window{fixed: min(uint64(fixed), MaxWindow), least: min(2*n, MaxWindow), runners: n}
}

// Size returns the window, when an item costs that much; 0: that is not known.
func (w *Window) Size(cost time.Duration) uint64 {
	switch {
	case w.fixed > 0:
		return w.fixed
	case w.least >= maxAdaptive:
		return w.least
	}
	n := max(w.least, w.stalls.Load())
	if cost > 0 {
		n = max(n, w.runners*uint64(lookahead)/uint64(cost))
	}
	return min(n, maxAdaptive)
}

// Widen doubles the window, because the first item holds up the others: that is what a
// larger one is for. It reports false if the window may not grow.
func (w *Window) Widen(cost time.Duration) bool {
	n := w.Size(cost)
	if w.fixed > 0 || n >= maxAdaptive {
		return false
	}
	w.stalls.Store(min(2*n, maxAdaptive))
	return true
}
