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

// A worker whose task rests may have to call functions of the user, which take their time. What
// comes next gets another worker.
func TestInitBesideCallsOfARest(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }))
		ctx := &handmade{Context: bg, done: make(chan struct{})}
		gate, called := make(chan struct{}), make(chan struct{})
		rests := pool.Submit(bg, p, func(own context.Context) (int, error) {
			if pool.Attempt(own) == 1 {
				<-gate
				ctx.end() // the pool finds out when it looks at what is next
			}
			return 0, errBoom
		}, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Hour, n < 2 }))
		pool.Submit(ctx, p, nop).OnDone(func(*intFuture) { <-called })
		behind := pool.Submit(bg, p, nop)
		close(gate)
		synctest.Wait()
		if s := behind.State(); s != future.Succeeded {
			t.Errorf("State() of a task that may run = %v, want succeeded; Stats() = %+v", s, stats(t, p))
		}
		close(called)
		_, err := rests.Await(bg)
		wantIs(t, "the task that rests", err, errBoom)
		p.Close()
	})
}
