package stream_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A pipeline from an endless source: parallel squares, of which the even ones are
// wanted, and no more than four.
func Example() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	numbers := stream.FromSeq(func(yield func(int) bool) {
		for n := 0; yield(n); n++ {
		}
	})
	squares := stream.Map(numbers, p, func(_ context.Context, n int) (int, error) { return n * n, nil })
	even := squares.Filter(func(n int) bool { return n%2 == 0 })
	fmt.Println(even.Take(4).Collect(ctx))
	// Output: [0 4 16 36] <nil>
}
