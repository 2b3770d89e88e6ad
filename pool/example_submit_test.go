package pool_test

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Results come in the order in which they are asked for, whichever task is done
// first.
func ExampleSubmit() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(3))
	defer p.Close()

	var fs []*future.Future[string]
	for _, n := range []int{3, 2, 1} {
		fs = append(fs, pool.Submit(ctx, p, func(context.Context) (string, error) {
			time.Sleep(time.Duration(n) * time.Millisecond)
			return fmt.Sprintf("Task %d done", n), nil
		}))
	}
	for _, f := range fs {
		result, err := f.Await(ctx)
		fmt.Println(result, err)
	}
	// Output:
	// Task 3 done <nil>
	// Task 2 done <nil>
	// Task 1 done <nil>
}
