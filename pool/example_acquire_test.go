package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Acquire takes a slot for code that is not a task, here for a block of the caller. It
// counts like a task against every bound of the pool.
func ExampleAcquire() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(2), millrace.WithMaxWeight(10))
	defer p.Close()

	release, err := pool.Acquire(ctx, p, millrace.WithWeight(7))
	if err != nil {
		fmt.Println(err)
		return
	}
	stats := p.Stats()
	fmt.Println(stats.Running, "slot and weight", stats.Weight)
	release()
	stats = p.Stats()
	fmt.Println(stats.Running, "slot and weight", stats.Weight)
	// Output:
	// 1 slot and weight 7
	// 0 slot and weight 0
}

// A task that waits for something outside of its pool lends its slot meanwhile. Here one
// worker is enough, though the first task waits for the second.
func ExampleOutside() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	defer p.Close()

	reply := make(chan string, 1)
	waiting := pool.Submit(ctx, p, func(ctx context.Context) (string, error) {
		var got string
		pool.Outside(ctx, func() { got = <-reply })
		return "got " + got, nil
	})
	pool.Go(ctx, p, func(context.Context) error {
		reply <- "a reply"
		return nil
	})
	fmt.Println(waiting.Await(ctx))
	// Output: got a reply <nil>
}
