package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A pool that was closed in a bubble keeps no channel and no timer of it: to use one from
// elsewhere ends the process. A deferred Close outside of the bubble is usual.
func TestClosedInABubble(t *testing.T) {
	var p *pool.Pool
	answer := func(context.Context) (int, error) { return 1, nil }
	bubble.Run(t, func(t *testing.T) {
		p = pool.New()
		f := pool.Submit(bg, p, answer, millrace.WithDelay(time.Second))
		if v, err := f.Await(bg); v != 1 || err != nil {
			t.Errorf("Await() = %d, %v, want 1, nil", v, err)
		}
		synctest.Wait() // the worker is idle, and a timer set that ends it
		if err := p.Close(); err != nil {
			t.Errorf("Close() in the bubble = %v, want nil", err)
		}
	})
	if err := p.Close(); err != nil {
		t.Errorf("Close() outside = %v, want nil", err)
	}
	if err := p.Shutdown(bg); err != nil {
		t.Errorf("Shutdown() outside = %v, want nil", err)
	}
	p.Stop(nil)
	if _, err := pool.Submit(bg, p, answer).Await(bg); !errors.Is(err, pool.ErrStopped) {
		t.Errorf("Submit() outside, after Stop: %v, want ErrStopped", err)
	}
}
