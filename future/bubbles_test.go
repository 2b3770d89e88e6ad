package future_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// everything uses each call of the package at least once, with blocking.
func everything(t *testing.T) {
	t.Helper()
	settled := future.Resolved(1)
	<-settled.Done()
	for _, w := range waits {
		f := after(time.Millisecond, 1, nil)
		f.OnDone(func(*intFuture) {})
		w.wait(bg, f, settled)
		<-f.Done()
		ctx, cancel := context.WithTimeout(bg, time.Millisecond)
		if w.wait(ctx, future.NewPromise[int]().Future()) == nil {
			t.Errorf("%s: nil, want an error", w.name)
		}
		cancel()
	}
	for range future.AsCompleted(bg, after(time.Millisecond, 1, nil), settled) {
	}
	f := future.Go(bg, func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, nil })
	f.Abort(errBoom)
	f.Await(bg)
}

// Nothing of one bubble reaches another: no channel, timer or pool of them is
// kept at package level. A runtime panic would say otherwise.
func TestBubblesAreApart(t *testing.T) {
	everything(t)
	for range 3 {
		bubble.Run(t, everything)
	}
	everything(t)
}

// A future that settled outside of a bubble can be used inside one.
func TestSettledFutureInBubble(t *testing.T) {
	f := future.Resolved(7)
	bubble.Run(t, func(t *testing.T) {
		<-f.Done()
		for _, w := range waits {
			if err := w.wait(bg, f); err != nil {
				t.Errorf("%s: %v, want nil", w.name, err)
			}
		}
	})
	if v, err := f.Await(bg); v != 7 || err != nil {
		t.Errorf("Await() = %v, %v, want 7", v, err)
	}
}
