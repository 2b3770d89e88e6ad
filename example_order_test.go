package millrace_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// order is a type of its own, so that no other caller's key can be equal to it.
type order int

// Tasks of one key run one at a time, in order of submission, though there are workers
// enough. Tasks of other keys run beside them.
func ExampleWithKey() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(4))

	for _, step := range []string{"order 7: paid", "order 7: packed", "order 7: shipped"} {
		pool.Go(ctx, p, func(context.Context) error {
			fmt.Println(step)
			return nil
		}, millrace.WithKey(order(7)))
	}
	p.Close()
	// Output:
	// order 7: paid
	// order 7: packed
	// order 7: shipped
}

// Of the tasks that wait, the one of the highest priority starts next.
func ExampleWithPriority() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	say := func(what string, opts ...millrace.TaskOption) {
		pool.Go(ctx, p, func(context.Context) error {
			fmt.Println(what)
			return nil
		}, opts...)
	}

	open := make(chan struct{})
	pool.Go(ctx, p, func(context.Context) error { <-open; return nil }) // the others wait for this one
	say("nightly report", millrace.WithPriority(-1))
	say("first request")
	say("second request")
	say("health check", millrace.WithPriority(10))
	close(open)
	p.Close()
	// Output:
	// health check
	// first request
	// second request
	// nightly report
}
