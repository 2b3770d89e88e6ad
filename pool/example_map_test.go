package pool_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace/pool"
)

// Map runs in parallel and yields in input order.
func ExampleMap() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	square := func(_ context.Context, n int) (int, error) { return n * n, nil }
	for result, err := range pool.Map(ctx, p, slices.Values([]int{5, 2, 3, 4, 1}), square) {
		fmt.Println(result, err)
	}
	// Output:
	// 25 <nil>
	// 4 <nil>
	// 9 <nil>
	// 16 <nil>
	// 1 <nil>
}

// MapSlice returns all results, or the first error.
func ExampleMapSlice() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	squares, err := pool.MapSlice(ctx, p, []int{5, 2, 3, 4, 1}, func(_ context.Context, n int) (int, error) {
		return n * n, nil
	})
	fmt.Println(squares, err)
	// Output: [25 4 9 16 1] <nil>
}
