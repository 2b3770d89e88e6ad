package future_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// settlers settle a pending promise in the calling goroutine.
var settlers = map[string]func(*intPromise) bool{
	"Resolve": func(p *intPromise) bool { return p.Resolve(7) },
	"Reject":  func(p *intPromise) bool { return p.Reject(errBoom) },
	"Cancel":  func(p *intPromise) bool { return p.Future().Cancel() },
	"Abort":   func(p *intPromise) bool { return p.Future().Abort(errBoom) },
}

// Functions run once, in order of registration, before the settling call
// returns; one that is registered by another runs at once, inside it.
func TestOnDoneOrder(t *testing.T) {
	for name, settle := range settlers {
		p := future.NewPromise[int]()
		f := p.Future()
		var got []int
		f.OnDone(func(f *intFuture) {
			got = append(got, 1)
			f.OnDone(func(*intFuture) { got = append(got, 2) })
			got = append(got, 3)
		})
		f.OnDone(func(*intFuture) { got = append(got, 4) })
		f.OnDone(func(*intFuture) { got = append(got, 5) })
		if !settle(p) {
			t.Errorf("%s did not settle", name)
		}
		f.OnDone(func(*intFuture) { got = append(got, 6) })
		f.Cancel()
		if want := []int{1, 2, 3, 4, 5, 6}; !slices.Equal(got, want) {
			t.Errorf("%s: order %v, want %v", name, got, want)
		}
	}
}

// The function gets the settled future itself.
func TestOnDoneGetsFuture(t *testing.T) {
	for name, settle := range settlers {
		p := future.NewPromise[int]()
		var got *intFuture
		var state future.State
		p.Future().OnDone(func(f *intFuture) { got, state = f, f.State() })
		settle(p)
		if got != p.Future() || !state.Settled() {
			t.Errorf("%s: OnDone got %v in state %v, want the future, settled", name, got, state)
		}
	}
}

// Waiters are released before the functions run: a function may wait for what
// a waiter does next.
func TestOnDoneAfterWaiters(t *testing.T) {
	for _, w := range waits {
		bubble.Run(t, func(t *testing.T) {
			p := future.NewPromise[int]()
			released := make(chan struct{})
			p.Future().OnDone(func(*intFuture) { <-released })
			go func() { w.wait(bg, p.Future()); close(released) }()
			synctest.Wait()
			p.Resolve(1)
		})
	}
	bubble.Run(t, func(t *testing.T) {
		p := future.NewPromise[int]()
		p.Future().OnDone(func(f *intFuture) { <-f.Done() })
		p.Resolve(1)
	})
}

// A function may call everything the future has: no lock is held.
func TestOnDoneHoldsNoLock(t *testing.T) {
	p, other := future.NewPromise[int](), future.NewPromise[int]()
	calls := 0
	p.Future().OnDone(func(f *intFuture) {
		f.Await(bg)
		f.Poll()
		<-f.Done()
		f.Cancel()
		f.Abort(errBoom)
		p.Start()
		p.Resolve(2)
		_ = f.String()
		f.OnDone(func(*intFuture) { calls++ })()
		future.All(bg, f, f)
		other.Future().OnDone(func(*intFuture) { calls++ })
		other.Resolve(1)
		for range future.AsCompleted(bg, f, other.Future()) {
			calls++
		}
	})
	p.Resolve(1)
	if calls != 4 {
		t.Errorf("%d calls were made, want 4", calls)
	}
}

// stop takes a function back, says whether it did, and says so once.
func TestOnDoneStop(t *testing.T) {
	p := future.NewPromise[int]()
	f := p.Future()
	var got []int
	add := func(n int) func() bool { return f.OnDone(func(*intFuture) { got = append(got, n) }) }
	add(1)
	second := add(2)
	add(3)
	fourth := add(4)
	if first, again := second(), second(); !first || again {
		t.Errorf("stop() twice = %v, %v, want true, false", first, again)
	}
	p.Resolve(7)
	if fourth() {
		t.Error("stop() = true of a function that ran")
	}
	if add(5)() {
		t.Error("stop() = true of a function that ran at once")
	}
	if want := []int{1, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("these ran: %v, want %v", got, want)
	}
}

// Inside a function, stop tells the truth about the functions after it, and
// about itself.
func TestOnDoneStopInside(t *testing.T) {
	p := future.NewPromise[int]()
	f := p.Future()
	var own, next func() bool
	saidOwn, saidNext, ranNext := false, false, false
	own = f.OnDone(func(*intFuture) { saidOwn, saidNext = own(), next() })
	next = f.OnDone(func(*intFuture) { ranNext = true })
	p.Resolve(7)
	if saidOwn {
		t.Error("stop() = true in the function itself")
	}
	if saidNext == ranNext {
		t.Errorf("stop() of the next = %v, and it ran: %v, want one of the two", saidNext, ranNext)
	}
}

// Whatever races with the end, each function runs once or was stopped.
func TestOnDoneRaces(t *testing.T) {
	for range 300 {
		p := future.NewPromise[int]()
		f := p.Future()
		var mu sync.Mutex
		var wg sync.WaitGroup
		ran, stopped := make([]int, 8), make([]int, 8)
		for i := range ran {
			wg.Go(func() {
				stop := f.OnDone(func(*intFuture) { mu.Lock(); ran[i]++; mu.Unlock() })
				if i%2 == 0 && stop() {
					mu.Lock()
					stopped[i]++
					mu.Unlock()
				}
			})
		}
		wg.Go(func() { p.Resolve(7) })
		wg.Go(func() { f.Cancel() })
		wg.Wait()
		for i := range ran {
			if ran[i]+stopped[i] != 1 {
				t.Fatalf("function %d ran %d times and was stopped %d times, want one of the two once", i, ran[i], stopped[i])
			}
		}
	}
}

// A function's panic harms nothing else: not the other functions, not the goroutine
// that settles, not the one that registers too late.
func TestOnDonePanics(t *testing.T) {
	for name, settle := range settlers {
		p := future.NewPromise[int]()
		f := p.Future()
		ran := 0
		bad := func(*intFuture) { ran++; panic(errBoom) }
		f.OnDone(bad)
		f.OnDone(bad)
		f.OnDone(func(f *intFuture) { ran++; f.OnDone(bad); ran++ })
		settle(p)
		f.OnDone(bad)
		if ran != 6 {
			t.Errorf("%s: %d steps were made, want 6", name, ran)
		}
	}
}

// A function's Goexit ends at most the goroutine it runs in, and only after
// the other functions.
func TestOnDoneGoexit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		gate := make(chan struct{})
		byTask := future.Go(bg, func(context.Context) (int, error) { <-gate; return 7, nil })
		p := future.NewPromise[int]()
		var ran [2]int
		for i, f := range []*intFuture{byTask, p.Future()} {
			f.OnDone(func(*intFuture) { ran[i]++; runtime.Goexit() })
			f.OnDone(func(*intFuture) { ran[i]++; runtime.Goexit() })
			f.OnDone(func(*intFuture) { ran[i]++ })
		}
		close(gate)
		go p.Resolve(7)
		synctest.Wait()
		if ran != [2]int{3, 3} {
			t.Errorf("%v functions ran, want 3 and 3", ran)
		}
		if v, err := byTask.Await(bg); v != 7 || err != nil {
			t.Errorf("Await() = %v, %v, want 7", v, err)
		}
	})
}
