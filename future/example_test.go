package future_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Tasks run while their futures are passed around; the code that needs an outcome waits for it.
func Example() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	loadName := func(context.Context) (string, error) { return "Ada", nil }
	countOrders := func(context.Context) (int, error) { return 3, nil }
	quotes := []*future.Future[int]{future.Resolved(21), future.Resolved(20)}

	name := future.Go(ctx, loadName)
	orders := pool.Submit(ctx, p, countOrders)

	user, err := name.Await(ctx)
	fmt.Println(user, err)
	count, err := orders.Await(ctx)
	fmt.Println(count, err)

	for f := range future.AsCompleted(ctx, quotes...) {
		price, err := f.Await(ctx)
		fmt.Println(price, err)
	}
	// Output:
	// Ada <nil>
	// 3 <nil>
	// 21 <nil>
	// 20 <nil>
}
