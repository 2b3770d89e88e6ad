package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A pool for the lifetime of a service: it bounds how many tasks run and how many wait, and
// refuses the others.
func ExampleNew() {
	p := pool.New(
		millrace.WithName("mail"),
		millrace.WithWorkers(8),
		millrace.WithQueue(1000),
		millrace.WithOverflow(millrace.Reject),
	)
	defer p.Close()

	fmt.Println(p)
	// Output: pool("mail": 0 of 8 running, 0 waiting, 0 queued)
}

// Go is Submit for functions that return an error alone.
func ExampleGo() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	saved := pool.Go(ctx, p, func(context.Context) error { return nil })
	sent := pool.Go(ctx, p, func(context.Context) error { return errors.New("no route to host") })
	_, err := saved.Await(ctx)
	fmt.Println(saved.State(), err)
	_, err = sent.Await(ctx)
	fmt.Println(sent.State(), err)
	// Output:
	// succeeded <nil>
	// failed no route to host
}

// A pool grows for the time of an import. When it shrinks, no task is interrupted.
func ExamplePool_Resize() {
	p := pool.New(millrace.WithWorkers(2))
	defer p.Close()

	p.Resize(16)
	fmt.Println(p.Stats().Workers)
	p.Resize(2)
	fmt.Println(p.Stats().Workers)
	// Output:
	// 16
	// 2
}

// Err says why a pool takes no more tasks, as a check of a service's health may ask.
func ExamplePool_Err() {
	p := pool.New()
	fmt.Println(p.Err())
	p.Close()
	fmt.Println(p.Err())

	q := pool.New()
	q.Stop(errors.New("lost the lease"))
	fmt.Println(q.Err(), errors.Is(q.Err(), pool.ErrStopped))
	// Output:
	// <nil>
	// pool: closed
	// pool: stopped: lost the lease true
}

// Resume lets the tasks start that were submitted during a pause, in their order.
func ExamplePool_Resume() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	p.Pause()
	for _, step := range []string{"first", "second"} {
		pool.Go(ctx, p, func(context.Context) error { fmt.Println(step); return nil })
	}
	fmt.Println(p.Stats().Queued, "queued")
	p.Resume()
	p.Close()
	// Output:
	// 2 queued
	// first
	// second
}

// Attempt tells the attempts of a task apart, here to ask another host after a failure.
func ExampleAttempt() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	hosts := []string{"a", "b", "c"}

	f := pool.Submit(ctx, p, func(ctx context.Context) (string, error) {
		host := hosts[pool.Attempt(ctx)-1]
		if host != "c" {
			return "", errors.New(host + " is down")
		}
		return "from " + host, nil
	}, millrace.WithRetry(func(attempt int, err error) (delay time.Duration, again bool) {
		fmt.Println("attempt", attempt, "failed:", err)
		return 0, attempt < len(hosts)
	}))
	fmt.Println(f.Await(ctx))
	// Output:
	// attempt 1 failed: a is down
	// attempt 2 failed: b is down
	// from c <nil>
}
