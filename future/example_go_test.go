package future_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/future"
)

// Two calls that do not depend on each other run at once.
func ExampleGo() {
	ctx := context.Background()
	name := future.Go(ctx, func(context.Context) (string, error) { return "Ada", nil })
	orders := future.Go(ctx, func(context.Context) (int, error) { return 3, nil })

	user, err := name.Await(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	count, err := orders.Await(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(user, "has", count, "orders")
	// Output: Ada has 3 orders
}

// A wait that runs out of time does not stop the task: its outcome is still there for
// a later wait.
func ExampleFuture_Await() {
	ctx := context.Background()
	ready := make(chan struct{})
	report := future.Go(ctx, func(context.Context) (string, error) {
		<-ready
		return "42 pages", nil
	})

	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err := report.Await(short)
	fmt.Println(errors.Is(err, future.ErrNotDone), errors.Is(err, context.DeadlineExceeded))

	close(ready)
	fmt.Println(report.Await(ctx))
	// Output:
	// true true
	// 42 pages <nil>
}
