package future_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/future"
)

// Next takes one future at a time, for a loop that decides what it waits for: here no
// more than two requests are under way.
func ExampleSet_Next() {
	ctx := context.Background()
	square := func(n int) *future.Future[int] {
		return future.Go(ctx, func(context.Context) (int, error) { return n * n, nil })
	}

	sum := 0
	underWay := future.NewSet(square(1), square(2))
	for n := 3; underWay.Len() > 0; n++ {
		f, err := underWay.Next(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		v, _ := f.Await(ctx)
		sum += v
		if n <= 5 {
			underWay.Add(square(n))
		}
	}
	_, err := underWay.Next(ctx)
	fmt.Println(sum, errors.Is(err, future.ErrEmpty))
	// Output: 55 true
}

// The end of the context ends the loop. What has not settled stays in the set.
func ExampleSet_All() {
	never := future.NewPromise[string]()
	set := future.NewSet(future.Resolved("here"), never.Future())

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	for f := range set.All(ctx) {
		v, _ := f.Await(ctx)
		fmt.Println(v)
	}
	fmt.Println(ctx.Err(), set.Len())
	// Output:
	// here
	// context deadline exceeded 1
}
