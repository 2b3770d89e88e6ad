package outcome_test

import (
	"testing"

	"github.com/millrace-go/millrace/internal/litmus"
	"github.com/millrace-go/millrace/internal/outcome"
)

// actOnOne has two goroutines act on one core, over and over. After both, check is called with
// what they reported.
func actOnOne(t *testing.T, prepare func(*outcome.Core), settle, other func(*outcome.Core) bool, check func(c *outcome.Core, settler, other bool)) {
	var c *outcome.Core
	var first, second bool
	stores, chance := litmus.NewMemory(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) {
			c = pending()
			prepare(c)
		},
		A: func(int) {
			stores.Spin(512)
			stores.Store(stores.Next(3))
			first = settle(c)
		},
		B: func(int) {
			chance.Spin(256)
			second = other(c)
		},
		After: func(int) { check(c, first, second) },
	}.Run(t, 1)
}

// A waiter that comes while the core settles is turned away or fires, once. What waits
// and goes before that changes nothing.
func TestAttachAgainstSettle(t *testing.T) {
	for name, before := range map[string]func(*outcome.Core){
		"nobody": func(*outcome.Core) {},
		"one":    func(c *outcome.Core) { attach(t, c) },
		"one that left": func(c *outcome.Core) {
			w, _ := attach(t, c)
			c.Detach(w)
		},
		"many": func(c *outcome.Core) { attach(t, c); attach(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			w, b := new(outcome.Waiter), new(bell)
			actOnOne(t, before, func(c *outcome.Core) bool { end(c); return true },
				func(c *outcome.Core) bool {
					*w, b.rung = outcome.Waiter{}, 0
					return c.Attach(w, b, 0)
				},
				func(_ *outcome.Core, _, attached bool) {
					if attached != (b.rung == 1) || b.rung > 1 {
						t.Errorf("Attach() = %v, and the waiter fired %d times, want once if it was attached", attached, b.rung)
					}
				})
		})
	}
}

// Waiters that come again and again are no trouble for a release: none is lost, and none
// is taken for what it is not.
func TestAttachAgainstRelease(t *testing.T) {
	w, b := new(outcome.Waiter), new(bell)
	actOnOne(t, func(c *outcome.Core) {
		w, _ := attach(t, c) // from now on the settler has to release
		c.Detach(w)
	}, func(c *outcome.Core) bool { end(c); return true },
		func(c *outcome.Core) bool {
			*w, b.rung = outcome.Waiter{}, 0
			for range 50 {
				if c.Attach(w, b, 0) && !c.Detach(w) {
					return true
				}
			}
			return false
		},
		func(_ *outcome.Core, _, fires bool) {
			if fires != (b.rung == 1) || b.rung > 1 {
				t.Errorf("taken by the release: %v, and the waiter fired %d times, want once if it was taken", fires, b.rung)
			}
		})
}

// A function that comes while the core settles is called by the settler only if the settler
// was told that there is one: it must not be taken for a wait.
func TestFunctionAgainstSettle(t *testing.T) {
	b := new(bell)
	actOnOne(t, func(c *outcome.Core) { attach(t, c) },
		func(c *outcome.Core) bool {
			watchers := c.Settle(outcome.Succeeded)
			c.Release()
			return watchers.Call()
		},
		func(c *outcome.Core) bool {
			b.rung = 0
			return c.AttachCall(new(outcome.Waiter), b)
		},
		func(_ *outcome.Core, call, attached bool) {
			if attached != (b.rung == 1) || attached && !call {
				t.Errorf("AttachCall() = %v, the function was called %d times, and the settler knew of it: %v", attached, b.rung, call)
			}
		})
}
