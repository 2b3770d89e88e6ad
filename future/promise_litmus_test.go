package future_test

import (
	"errors"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/litmus"
)

// Litmus: of two calls that settle a promise at the same time one reports true, and
// when the other returns the outcome is there.
func TestPromiseLitmus(t *testing.T) {
	var p *future.Promise[int]
	var first, second bool
	settle := func(v int) bool {
		won := p.Resolve(v)
		if r, ok := p.Future().Poll(); !ok || r.Value != 1 && r.Value != 2 || r.Err != nil {
			t.Errorf("Poll() after Resolve = %v, %v, want one of the values", r, ok)
		}
		return won
	}
	litmus.Pair{
		Before: func(int) { p = future.NewPromise[int]() },
		A:      func(int) { first = settle(1) },
		B:      func(int) { second = settle(2) },
		After: func(n int) {
			if first == second {
				t.Errorf("round %d: the calls that settle the promise report %v and %v, want one true", n, first, second)
			}
		},
	}.Run(t, 1)
}

// A promise that runs cannot be cancelled, and one that has settled cannot start.
func TestPromiseStates(t *testing.T) {
	runs := future.NewPromise[int]()
	if !runs.Start() || runs.Start() {
		t.Error("Start() = false, or true twice")
	}
	if runs.Future().Cancel() || runs.Future().State() != future.Running {
		t.Error("Cancel() of a promise that runs = true")
	}
	if !runs.Resolve(1) || runs.Resolve(2) || runs.Reject(errors.New("late")) {
		t.Error("Resolve() = false, or true twice")
	}
	if runs.Start() || runs.Future().State() != future.Succeeded {
		t.Error("Start() of a settled promise = true")
	}
	cancelled := future.NewPromise[int]()
	if !cancelled.Future().Cancel() || cancelled.Start() || cancelled.Resolve(1) {
		t.Error("a cancelled promise starts, or is resolved")
	}
	if cancelled.Future().State() != future.Cancelled {
		t.Errorf("State() = %v, want cancelled", cancelled.Future().State())
	}
}
