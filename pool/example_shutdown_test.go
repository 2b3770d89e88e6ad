package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Close waits for all that was submitted, and takes no more.
func ExamplePool_Close() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	f := pool.Submit(ctx, p, func(context.Context) (string, error) { return "ran", nil })

	fmt.Println(p.Close())
	result, ok := f.Poll()
	fmt.Println(result.Value, ok)
	_, err := pool.Submit(ctx, p, func(context.Context) (string, error) { return "", nil }).Await(ctx)
	fmt.Println(errors.Is(err, pool.ErrClosed))
	// Output:
	// <nil>
	// ran true
	// true
}

// Seal does not wait: what was submitted still runs.
func ExamplePool_Seal() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	release := make(chan struct{})
	f := pool.Submit(ctx, p, func(context.Context) (string, error) {
		<-release
		return "ran", nil
	})

	p.Seal()
	_, ok := f.Poll()
	fmt.Println("done at Seal:", ok)
	close(release)
	fmt.Println(f.Await(ctx))
	// Output:
	// done at Seal: false
	// ran <nil>
}

// Shutdown gives the tasks a while to end. Then it ends their contexts, and says what
// was left.
func ExamplePool_Shutdown() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	started := make(chan struct{})
	running := pool.Go(ctx, p, func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return errors.New("saved what there was")
	})
	pending := pool.Go(ctx, p, func(context.Context) error { return nil })

	<-started
	grace, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	err := p.Shutdown(grace)
	if left, ok := errors.AsType[*pool.ShutdownError](err); ok {
		fmt.Println(left.Cancelled, "never ran;", left.Running, "still running")
	}
	_, err = running.Await(ctx)
	fmt.Println(err)
	_, err = pending.Await(ctx)
	fmt.Println(pending.State(), errors.Is(err, pool.ErrStopped))
	// Output:
	// 1 never ran; 1 still running
	// saved what there was
	// cancelled true
}

// Stop does not wait for anything: pending tasks never run, and the contexts of running
// ones end.
func ExamplePool_Stop() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	started := make(chan struct{})
	running := pool.Go(ctx, p, func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	})
	pending := pool.Go(ctx, p, func(context.Context) error { return nil })

	<-started
	p.Stop(errors.New("out of memory"))
	p.Close()
	fmt.Println(running.State(), pending.State())
	fmt.Println(p.Err())
	// Output:
	// failed cancelled
	// pool: stopped: out of memory
}
