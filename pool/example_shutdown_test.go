package pool_test

import (
	"context"
	"errors"
	"fmt"

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
