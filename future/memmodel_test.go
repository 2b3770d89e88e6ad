package future_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/future"
)

// The tests in this file mean something under the race detector: they write
// and read plain variables, ordered by nothing but the library.

// observers return when they have learned that the future has settled, each
// from another call.
var observers = map[string]func(*intFuture){
	"Await": func(f *intFuture) { f.Await(bg) },
	"Done":  func(f *intFuture) { <-f.Done() },
	"Poll":  func(f *intFuture) { spin(func() bool { _, ok := f.Poll(); return ok }) },
	"State": func(f *intFuture) { spin(func() bool { return f.State().Settled() }) },
	"stop":  func(f *intFuture) { spin(func() bool { return !f.OnDone(func(*intFuture) {})() }) },
	"OnDone": func(f *intFuture) {
		// A function that stop did not keep from being called may still be running.
		spin(func() bool {
			var called atomic.Bool
			f.OnDone(func(*intFuture) { called.Store(true) })()
			return called.Load()
		})
	},
	"AsCompleted": func(f *intFuture) {
		for range future.AsCompleted(bg, f) {
		}
	},
}

func spin(done func() bool) {
	for !done() {
		runtime.Gosched()
	}
}

func init() {
	for _, w := range waits {
		observers[w.name] = func(f *intFuture) { w.wait(bg, f) }
	}
}

// What happens before Go is seen by the function, and all that the function did
// is seen by whoever learns of its end.
func TestTaskHappensBeforeReport(t *testing.T) {
	for name, observe := range observers {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				x := 1
				observe2 := make(chan struct{})
				f := future.Go(bg, func(context.Context) (int, error) { x++; return x, nil })
				go func() { defer close(observe2); f.Await(bg) }()
				observe(f)
				if x++; x != 3 {
					t.Fatalf("x = %d, want 3", x)
				}
				<-observe2
			}
		})
	}
}

// Each way to settle a promise happens before each report that it is settled.
func TestSettlingHappensBeforeReport(t *testing.T) {
	for by, settle := range settlers {
		for name, observe := range observers {
			t.Run(by+"/"+name, func(t *testing.T) {
				for range 20 {
					p := future.NewPromise[int]()
					x := 1
					go func() { x++; settle(p) }()
					observe(p.Future())
					if x++; x != 3 {
						t.Fatalf("x = %d, want 3", x)
					}
				}
			})
		}
	}
}

// To be told that another has settled the promise is a report too.
func TestLosingHappensAfterWinning(t *testing.T) {
	for name, lose := range map[string]func(*intPromise) bool{
		"Resolve": func(p *intPromise) bool { return !p.Resolve(2) },
		"Reject":  func(p *intPromise) bool { return !p.Reject(errBoom) },
	} {
		for range 200 {
			p := future.NewPromise[int]()
			x, won := 1, make(chan bool)
			go func() { x++; won <- p.Resolve(1) }()
			if lose(p) && x != 2 {
				t.Errorf("%s lost, and x = %d, want 2", name, x)
			}
			<-won
		}
	}
}

// A function of OnDone sees what was done before the future settled, in
// whichever goroutine it runs.
func TestSettlingHappensBeforeOnDone(t *testing.T) {
	for range 200 {
		p := future.NewPromise[int]()
		x, called := 1, make(chan int, 1)
		go func() { x++; p.Resolve(1) }()
		p.Future().OnDone(func(*intFuture) { called <- x })
		if got := <-called; got != 2 {
			t.Fatalf("OnDone saw x = %d, want 2", got)
		}
	}
}

// What was done before Abort is seen by the task that learns of it.
func TestAbortHappensBeforeEndOfContext(t *testing.T) {
	for range 100 {
		x := 1
		f := future.Go(bg, func(ctx context.Context) (int, error) { <-ctx.Done(); return x, nil })
		x++
		f.Abort(errBoom)
		if v, _ := f.Await(bg); v != 2 {
			t.Fatalf("the task saw x = %d, want 2", v)
		}
	}
}
