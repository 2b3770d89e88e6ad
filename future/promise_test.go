package future_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

func TestPromiseFuture(t *testing.T) {
	p := future.NewPromise[int]()
	f := p.Future()
	if f == nil || p.Future() != f {
		t.Errorf("Future() = %p, then %p, want the same", f, p.Future())
	}
	p.Resolve(1)
	if p.Future() != f {
		t.Error("Future() is another one after Resolve")
	}
}

// Values of every kind come back as they are, those that are nil too.
func TestPromiseKinds(t *testing.T) {
	roundTrip(t, struct{}{})
	roundTrip(t, [3]string{"a", "b", "c"})
	roundTrip[any](t, nil)
	roundTrip[error](t, nil)
	roundTrip[error](t, errBoom)
	roundTrip[*int](t, nil)
}

func roundTrip[T comparable](t *testing.T, want T) {
	t.Helper()
	p := future.NewPromise[T]()
	p.Resolve(want)
	if got, err := p.Future().Await(bg); got != want || err != nil || p.Future().State() != future.Succeeded {
		t.Errorf("Resolve(%v) gives %v, %v", want, got, err)
	}
}

// Of all calls that could settle a promise exactly one does, and what it
// settles with is what everybody sees.
func TestPromiseSettlesOnce(t *testing.T) {
	for range 500 {
		p := future.NewPromise[int]()
		f := p.Future()
		var wins, calls atomic.Int32
		f.OnDone(func(*intFuture) { calls.Add(1) })
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() { count(&wins, p.Resolve(i)) })
			wg.Go(func() { count(&wins, p.Reject(errBoom)) })
			wg.Go(func() { count(&wins, f.Abort(errBoom)) })
			wg.Go(func() { p.Start() })
		}
		first, err := f.Await(bg)
		wg.Wait()
		if v, err2 := f.Await(bg); v != first || err2 != err {
			t.Fatalf("Await() = %v, %v, then %v, %v, want the same", first, err, v, err2)
		}
		if wins.Load() != 1 || calls.Load() != 1 {
			t.Fatalf("%d calls settled it and OnDone ran %d times, want 1 and 1", wins.Load(), calls.Load())
		}
	}
}

func count(n *atomic.Int32, ok bool) {
	if ok {
		n.Add(1)
	}
}

// A bridge from a callback: the outcome of the first call counts.
func TestPromiseBridge(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := future.NewPromise[string]()
		timer := time.AfterFunc(time.Second, func() { p.Resolve("called back") })
		p.Future().OnDone(func(*future.Future[string]) { timer.Stop() })
		if v, err := p.Future().Await(bg); v != "called back" || err != nil {
			t.Errorf("Await() = %v, %v, want called back", v, err)
		}
	})
}

// A promise works across tasks: one waits for what another resolves.
func TestPromiseBetweenTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := future.NewPromise[int]()
		f := future.Go(bg, func(ctx context.Context) (int, error) { return p.Future().Await(ctx) })
		future.Go(bg, func(context.Context) (int, error) { p.Resolve(7); return 0, nil })
		if v, err := f.Await(bg); v != 7 || err != nil {
			t.Errorf("Await() = %v, %v, want 7", v, err)
		}
	})
}
