package pool_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/pool"
)

// Shutdown reports nothing of a pool whose last task has been awaited, though its context has
// ended and the goroutine that has settled the task is not through with that.
func TestShutdownAfterAwait(t *testing.T) {
	for range 5000 {
		p, release := busyPool()
		ctx, cancel := context.WithCancel(bg)
		f := pool.Submit(ctx, p, nop)
		release()
		f.Await(bg)
		if err := p.Shutdown(ended(errBoom)); err != nil {
			t.Fatalf("Shutdown() = %v, want nil: nothing was left", err)
		}
		cancel()
	}
}
