package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// The rows of a matrix are filled in parallel: each call writes to its own.
func ExampleForN() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var table [4][4]int
	err := pool.ForN(ctx, p, len(table), func(_ context.Context, row int) error {
		for column := range table[row] {
			table[row][column] = (row + 1) * (column + 1)
		}
		return nil
	})
	fmt.Println(table, err)
	// Output: [[1 2 3 4] [2 4 6 8] [3 6 9 12] [4 8 12 16]] <nil>
}
