package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A task may submit to its own pool and wait, with the context that it was given. While
// it waits it lends its slot to its child, so that one worker is enough for a recursion
// of any depth.
func Example_recursion() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	defer p.Close()

	var factorial func(n int) func(context.Context) (int, error)
	factorial = func(n int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			if n == 0 {
				return 1, nil
			}
			rest, err := pool.Submit(ctx, p, factorial(n-1)).Await(ctx)
			return n * rest, err
		}
	}
	fmt.Println(pool.Submit(ctx, p, factorial(10)).Await(ctx))
	// Output: 3628800 <nil>
}
