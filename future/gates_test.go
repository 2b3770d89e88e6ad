package future_test

import (
	"context"
	"runtime"
	"testing"
	"unsafe"

	"github.com/millrace-go/millrace/future"
)

// Gates: what a future may cost. A change that needs more is a decision, not an
// accident.

// A future of a word is one object of at most 72 bytes (of 64 bits), and what
// its value takes beyond that word is all that a larger one adds.
func TestSizeOfFuture(t *testing.T) {
	if got := unsafe.Sizeof(intFuture{}); got > 72 {
		t.Errorf("Sizeof(Future[int]) = %d, want at most 72", got)
	}
	if got, want := unsafe.Sizeof(future.Future[[16]int]{}), unsafe.Sizeof(intFuture{})+15*unsafe.Sizeof(0); got > want {
		t.Errorf("Sizeof(Future[[16]int]) = %d, want at most %d", got, want)
	}
	if got, want := unsafe.Sizeof(intPromise{}), unsafe.Sizeof(intFuture{}); got != want {
		t.Errorf("Sizeof(Promise[int]) = %d, want that of its future, %d", got, want)
	}
}

func TestAllocations(t *testing.T) {
	settled, other := future.Resolved(1), future.Resolved(2)
	ctx := context.WithValue(bg, key{}, 1)
	for _, c := range []struct {
		what string
		most float64
		run  func()
	}{
		{"NewPromise, Start, Resolve, Await, Poll, State", 1, func() {
			p := future.NewPromise[int]()
			f := p.Future()
			p.Start()
			p.Resolve(1)
			f.Await(bg)
			f.Poll()
			f.State()
		}},
		{"Resolved", 1, func() { future.Resolved(1).Await(bg) }},
		{"Await, Poll, State, Cancel, Abort of a settled future", 0, func() {
			settled.Await(ctx)
			settled.Poll()
			settled.State()
			settled.Cancel()
			settled.Abort(errBoom)
		}},
		{"Done of a settled future, again", 0, func() { <-settled.Done() }},
		{"Race of settled futures", 0, func() { future.Race(bg, settled, other) }},
		{"Any of settled futures", 0, func() { future.Any(bg, settled, other) }},
		{"All of settled futures", 1, func() { future.All(bg, settled, other) }},
		{"Wait for settled futures", 2, func() { future.Wait(bg, future.AllCompleted, settled, other) }},
		{"NewPromise, Done, Resolve", 2, func() {
			p := future.NewPromise[int]()
			done := p.Future().Done()
			p.Resolve(1)
			<-done
		}},
		{"Go, Await, without a look at the context", 5, func() { future.Go(bg, nothing).Await(bg) }},
	} {
		if got := testing.AllocsPerRun(200, c.run); got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.what, got, c.most)
		}
	}
}

func nothing(context.Context) (int, error) { return 1, nil }

// Waiting for many costs one slab, not an allocation for each.
func TestAllocationsOfMany(t *testing.T) {
	const n = 1000
	for name, wait := range map[string]func(fs []*intFuture, settle func(...int)){
		"AsCompleted": func(fs []*intFuture, settle func(...int)) {
			next := []int{0} // one for all calls: each would allocate its own
			settle(next...)
			for range future.AsCompleted(bg, fs...) {
				if next[0]++; next[0] < n {
					settle(next...)
				}
			}
		},
		"Wait": func(fs []*intFuture, _ func(...int)) { future.Wait(ended(errBoom), future.AllCompleted, fs...) },
		"All":  func(fs []*intFuture, _ func(...int)) { future.All(ended(errBoom), fs...) },
	} {
		base := testing.AllocsPerRun(5, func() { numbered(n) })
		all := testing.AllocsPerRun(5, func() { fs, settle := numbered(n); wait(fs, settle) })
		if got := all - base; got > n/10 {
			t.Errorf("%s of %d futures: %v allocations, want at most %d", name, n, got, n/10)
		}
	}
}

// No wait starts a goroutine for a future.
func TestNoGoroutineForAFuture(t *testing.T) {
	fs, settle := numbered(1000)
	settle(0)
	before, most := runtime.NumGoroutine(), 0
	next := 0
	for range future.AsCompleted(bg, fs...) {
		most = max(most, runtime.NumGoroutine()-before)
		if next++; next < len(fs) {
			settle(next)
		}
	}
	if most > 5 {
		t.Errorf("AsCompleted of %d futures ran up to %d goroutines", len(fs), most)
	}
}
