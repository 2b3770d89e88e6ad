package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A task's error stays in its future and harms no other.
func Example_errors() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	divide := func(x, y float64) func(context.Context) (float64, error) {
		return func(context.Context) (float64, error) {
			if y == 0 {
				return 0, errors.New("division by zero")
			}
			return x / y, nil
		}
	}
	fs := []*future.Future[float64]{
		pool.Submit(ctx, p, divide(10, 2)),
		pool.Submit(ctx, p, divide(5, 0)),
	}
	for _, f := range fs {
		if v, err := f.Await(ctx); err != nil {
			fmt.Println("Error:", err)
		} else {
			fmt.Println(v)
		}
	}
	// Output:
	// 5
	// Error: division by zero
}
