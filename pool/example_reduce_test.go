package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// A product of matrices: multiplying them is associative and not commutative, and Reduce
// keeps their order.
func ExampleReduce() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	type matrix [2][2]int
	multiply := func(_ context.Context, a, b matrix) (c matrix, err error) {
		for i := range 2 {
			for j := range 2 {
				c[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j]
			}
		}
		return c, nil
	}
	step := matrix{{1, 1}, {1, 0}} // its nth power has the nth Fibonacci number
	steps := make([]matrix, 40)
	for i := range steps {
		steps[i] = step
	}
	power, err := pool.Reduce(ctx, p, steps, multiply)
	fmt.Println(power[0][1], err)
	// Output: 102334155 <nil>
}
