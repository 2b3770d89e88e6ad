package future_test

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/future"
)

// Litmus: of two calls that settle a promise at the same time one reports true, and
// when the other returns the outcome is there.
func TestPromiseLitmus(t *testing.T) {
	rounds := 1_000_000
	if testing.Short() {
		rounds = 50_000
	}
	var (
		p          atomic.Pointer[future.Promise[int]]
		begun, won atomic.Int64
		done       = make(chan struct{})
	)
	settle := func(v int) {
		mine := p.Load()
		if mine.Resolve(v) {
			won.Add(1)
		}
		if r, ok := mine.Future().Poll(); !ok || r.Value != 1 && r.Value != 2 || r.Err != nil {
			t.Errorf("Poll() after Resolve = %v, %v, want one of the values", r, ok)
		}
	}
	go func() {
		defer close(done)
		for n := int64(1); n <= int64(rounds); n++ {
			for begun.Load() < 2*n-1 {
				runtime.Gosched()
			}
			settle(2)
			begun.Add(1)
		}
	}()
	for n := int64(1); n <= int64(rounds); n++ {
		p.Store(future.NewPromise[int]())
		won.Store(0)
		begun.Add(1)
		settle(1)
		for begun.Load() < 2*n {
			runtime.Gosched()
		}
		if won.Load() != 1 {
			t.Fatalf("round %d: %d calls settled the promise, want one", n, won.Load())
		}
	}
	<-done
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
