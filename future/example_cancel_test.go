package future_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Cancel keeps a pending task from running. A running one it leaves alone.
func ExampleFuture_Cancel() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	defer p.Close()

	started, release := make(chan struct{}), make(chan struct{})
	running := pool.Submit(ctx, p, func(context.Context) (string, error) {
		close(started)
		<-release
		return "ran", nil
	})
	pending := pool.Submit(ctx, p, func(context.Context) (string, error) { return "ran", nil })

	<-started
	fmt.Println(running.Cancel(), pending.Cancel(), pending.Cancel())
	close(release)
	fmt.Println(running.Await(ctx))
	_, err := pending.Await(ctx)
	fmt.Println(errors.Is(err, future.ErrCancelled), pending.State())
	// Output:
	// false true true
	// ran <nil>
	// true cancelled
}

// Abort ends the context of a running task. The task decides what becomes of that.
func ExampleFuture_Abort() {
	ctx := context.Background()
	search := future.Go(ctx, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "the best so far", context.Cause(ctx)
	})

	fmt.Println(search.Abort(errors.New("the user has left")))
	fmt.Println(search.Await(ctx))
	fmt.Println(search.State(), search.Abort(nil))
	// Output:
	// true
	// the best so far the user has left
	// failed false
}
