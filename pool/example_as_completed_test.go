package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Results come as the tasks finish. Instead of sleeping, each task here waits until the loop has
// the result of the one that is to finish before it.
func Example_asCompleted() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(3))
	defer p.Close()

	gates := map[int]chan struct{}{1: make(chan struct{}), 2: make(chan struct{}), 3: make(chan struct{})}
	var fs []*future.Future[int]
	for _, n := range []int{3, 1, 2} {
		fs = append(fs, pool.Submit(ctx, p, func(context.Context) (int, error) {
			<-gates[n]
			return n, nil
		}))
	}
	close(gates[1])
	for f := range future.AsCompleted(ctx, fs...) {
		n, _ := f.Await(ctx)
		fmt.Println("Task", n, "has finished")
		if next := gates[n+1]; next != nil {
			close(next)
		}
	}
	// Output:
	// Task 1 has finished
	// Task 2 has finished
	// Task 3 has finished
}
