package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

func Example() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	answer := pool.Submit(ctx, p, func(context.Context) (int, error) { return 6 * 7, nil })
	half := pool.Then(ctx, p, answer, func(_ context.Context, n int) (int, error) { return n / 2, nil })

	fmt.Println(answer.Await(ctx))
	fmt.Println(half.Await(ctx))
	// Output:
	// 42 <nil>
	// 21 <nil>
}
