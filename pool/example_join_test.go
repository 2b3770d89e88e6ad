package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// Join splits work in two, and each half again: it is made for divide and conquer.
func ExampleJoin() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var sum func(ctx context.Context, numbers []int) (int, error)
	sum = func(ctx context.Context, numbers []int) (int, error) {
		if len(numbers) <= 100 {
			total := 0
			for _, n := range numbers {
				total += n
			}
			return total, nil
		}
		half := len(numbers) / 2
		left, right, err := pool.Join(ctx, p,
			func(ctx context.Context) (int, error) { return sum(ctx, numbers[:half]) },
			func(ctx context.Context) (int, error) { return sum(ctx, numbers[half:]) })
		return left + right, err
	}

	numbers := make([]int, 1000)
	for i := range numbers {
		numbers[i] = i + 1
	}
	fmt.Println(sum(ctx, numbers))
	// Output: 500500 <nil>
}
