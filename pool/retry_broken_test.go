package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// When the pool breaks, a task between two attempts has had its last one: no worker
// could run the next.
func TestBrokenPoolEndsRetries(t *testing.T) {
	for name, delay := range map[string]time.Duration{"delay": time.Hour, "waits for a slot": time.Second} {
		bubble.Run(t, func(t *testing.T) {
			inits := 0
			p := pool.New(one, millrace.WithIdleTimeout(0), millrace.WithInit(func(ctx context.Context) (context.Context, error) {
				if inits++; inits == 2 {
					time.Sleep(time.Minute)
					return nil, errBoom
				}
				return ctx, nil
			}))
			f := pool.Submit(bg, p, boom, millrace.WithRetry(func(int, error) (time.Duration, bool) { return delay, true }))
			synctest.Wait()
			never := pool.Submit(bg, p, nop)
			p.Close()
			if _, err := f.Await(bg); err != errBoom {
				t.Errorf("%s: the task that rested = %v, want the error of its last attempt", name, err)
			}
			wantNeverRan(t, name, never, pool.ErrBroken)
		})
	}
}
