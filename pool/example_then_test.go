package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Then continues with the value of a future. No worker waits for it meanwhile.
func ExampleThen() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	page := future.NewPromise[string]()
	length := pool.Then(ctx, p, page.Future(), func(_ context.Context, text string) (int, error) {
		return len(text), nil
	})

	fmt.Println(length.State(), "with", p.Stats().Running, "running")
	page.Resolve("hello")
	fmt.Println(length.Await(ctx))
	// Output:
	// pending with 0 running
	// 5 <nil>
}

// What comes after a failure does not run, and has its error.
func ExampleThen_failure() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	page := future.Rejected[string](errors.New("not found"))
	length := pool.Then(ctx, p, page, func(_ context.Context, text string) (int, error) {
		fmt.Println("never printed")
		return len(text), nil
	})
	fmt.Println(length.Await(ctx))
	fmt.Println(length.State())
	// Output:
	// 0 not found
	// failed
}
