package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A brokenContext panics once when it is asked for its error, after broken was set.
type brokenContext struct {
	context.Context
	broken atomic.Bool
}

func (c *brokenContext) Err() error {
	if c.broken.Swap(false) {
		panic("broken context")
	}
	return c.Context.Err()
}

// below runs fn in a task that is n tasks below one with this context.
func below(ctx context.Context, p *pool.Pool, n int, fn func(context.Context) error) error {
	if n == 0 {
		return fn(ctx)
	}
	_, err := pool.Go(ctx, p, func(ctx context.Context) error { return below(ctx, p, n-1, fn) }).Await(ctx)
	return err
}

// A context may panic when that of a task is derived from it, which is so far below many tasks. A
// task whose next attempt cannot start because of that has run all the same: it has failed, with the
// error of its last attempt.
func TestContextPanicsBeforeTheNextAttempt(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(70)) // for all of them: the last one does not lend its slot
		outer, cancel := context.WithCancel(bg)
		defer cancel()
		ctx := &brokenContext{Context: outer}
		attempts := 0
		err := below(ctx, p, 65, func(ctxOfTask context.Context) error {
			f := pool.Submit(ctxOfTask, p, func(context.Context) (int, error) {
				attempts++
				return 0, errBoom
			}, millrace.WithRetry(func(int, error) (delay time.Duration, again bool) {
				ctx.broken.Store(true)
				return time.Second, true // the worker is idle until then, and holds no context
			}))
			_, err := f.Await(bg)
			if f.State() != future.Failed || attempts != 1 || ctx.broken.Load() {
				t.Errorf("%v after %d attempts, want it failed after one", f, attempts)
			}
			return err
		})
		if err != errBoom {
			t.Errorf("Await() = %v, want %v", err, errBoom)
		}
		if s := stats(t, p); s.Cancelled != 0 || s.Failed != s.Submitted {
			t.Errorf("Stats() = %+v, want all tasks failed", s)
		}
		p.Close()
	})
}
