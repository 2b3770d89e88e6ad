package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// The examples in this file have to do with time. They run in bubbles of
// testing/synctest, where time is virtual, and exact.

// At most two tasks start at once, and ten a second.
func ExampleWithRate() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		p := pool.New(millrace.WithWorkers(1), millrace.WithRate(10, 2))
		for i := range 4 {
			pool.Go(ctx, p, func(context.Context) error {
				fmt.Println("request", i, "after", time.Since(start))
				return nil
			})
		}
		p.Close()
	})
	// Output:
	// request 0 after 0s
	// request 1 after 0s
	// request 2 after 100ms
	// request 3 after 200ms
}

// A task that fails is tried again, each time after twice the delay. Meanwhile it holds
// no worker.
func ExampleWithRetry() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		p := pool.New()
		defer p.Close()
		backoff := func(attempt int, _ error) (time.Duration, bool) {
			return time.Second << (attempt - 1), attempt < 3
		}
		f := pool.Submit(ctx, p, func(ctx context.Context) (string, error) {
			attempt := pool.Attempt(ctx)
			fmt.Println("attempt", attempt, "after", time.Since(start))
			if attempt < 3 {
				return "", errors.New("unavailable")
			}
			return "answered", nil
		}, millrace.WithRetry(backoff))
		fmt.Println(f.Await(ctx))
	})
	// Output:
	// attempt 1 after 0s
	// attempt 2 after 1s
	// attempt 3 after 3s
	// answered <nil>
}

// A delayed task takes neither a worker nor a place in the queue before its time.
func ExampleWithDelay() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		p := pool.New(millrace.WithWorkers(1))
		say := func(what string) func(context.Context) error {
			return func(context.Context) error {
				fmt.Println(what, "after", time.Since(start))
				return nil
			}
		}
		pool.Go(ctx, p, say("reminder"), millrace.WithDelay(time.Hour))
		pool.Go(ctx, p, say("receipt"))
		p.Close()
	})
	// Output:
	// receipt after 0s
	// reminder after 1h0m0s
}

// A task that has waited too long is of no use any more, and never runs.
func ExampleWithMaxWait() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx := t.Context()
		p := pool.New(millrace.WithWorkers(1))
		defer p.Close()
		pool.Go(ctx, p, func(context.Context) error { time.Sleep(time.Minute); return nil })
		synctest.Wait()

		late := pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithMaxWait(time.Second))
		_, err := late.Await(ctx)
		fmt.Println(late.State(), errors.Is(err, pool.ErrMaxWait))
	})
	// Output: cancelled true
}
