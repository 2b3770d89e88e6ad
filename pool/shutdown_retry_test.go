package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task between two attempts ends with its last outcome when Shutdown gives up, so that
// nothing is left to be reported.
func TestShutdownEndsRests(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, func(context.Context) (int, error) { return 0, errBoom },
			millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Hour, true }))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil || f.State() != future.Failed {
			t.Errorf("Shutdown() = %v, and the task is %v, want nil and Failed", err, f.State())
		}
		p.Close()
	})
}
