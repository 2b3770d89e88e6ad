package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// What runs below a task that has timed out ends because of that, and not because a task between the
// two has returned.
func TestCauseBelowATaskThatHasTimedOut(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		look := make(chan struct{})
		var cause error
		started := make(chan *future.Future[struct{}], 1)
		pool.Go(bg, p, func(ctx context.Context) error {
			pool.Go(ctx, p, func(ctx context.Context) error {
				started <- pool.Go(ctx, p, func(ctx context.Context) error {
					<-look
					cause = context.Cause(ctx)
					return nil
				})
				time.Sleep(2 * time.Second)
				return nil
			})
			time.Sleep(3 * time.Second)
			close(look)
			(<-started).Await(bg)
			return nil
		}, millrace.WithTimeout(time.Second)).Await(bg)
		var timeout *future.TimeoutError
		if !errors.As(cause, &timeout) {
			t.Errorf("the cause below = %v, want a *TimeoutError", cause)
		}
		p.Close()
	})
}

// A clinging is a context that takes its time to forget what comes from it.
type clinging struct {
	handmade
	blocked chan struct{}
}

func (c *clinging) AfterFunc(func()) (stop func() bool) {
	return func() bool { <-c.blocked; return true }
}

// What runs below an item ends because of the failure that has ended the map, also if what is between
// the two returns before all are told of it.
func TestCauseBelowAnItemOfAMapThatFails(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		blocked, fail, end, look := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
		caller := &clinging{handmade{Context: bg, done: make(chan struct{})}, blocked}
		var below *future.Future[struct{}]
		var cause error
		done := make(chan struct{})
		go func() {
			defer close(done)
			pool.ForN(caller, p, 2, func(ctx context.Context, i int) error {
				if i == 1 {
					<-fail
					return errBoom
				}
				pool.Go(ctx, p, func(ctx context.Context) error {
					below = pool.Go(ctx, p, func(ctx context.Context) error {
						<-look
						cause = context.Cause(ctx)
						return nil
					})
					<-end
					return nil
				})
				<-look
				return nil
			}, millrace.WithConcurrency(2))
		}()
		synctest.Wait()
		close(fail)
		synctest.Wait() // the end of the map is being told
		close(end)
		synctest.Wait()
		close(look)
		below.Await(bg)
		if !errors.Is(cause, errBoom) {
			t.Errorf("the cause below = %v, want %v", cause, errBoom)
		}
		close(blocked)
		<-done
		p.Close()
	})
}
