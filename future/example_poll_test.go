package future_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// Poll looks without waiting.
func ExampleFuture_Poll() {
	p := future.NewPromise[int]()
	f := p.Future()

	_, ok := f.Poll()
	fmt.Println(ok, f.State())
	p.Resolve(7)
	result, ok := f.Poll()
	fmt.Println(ok, result.Value, result.Err)
	// Output:
	// false pending
	// true 7 <nil>
}

// Done is for select statements, here beside a channel with news of the progress.
func ExampleFuture_Done() {
	progress := make(chan int)
	f := future.Go(context.Background(), func(context.Context) (string, error) {
		for percent := range 3 {
			progress <- 50 * percent
		}
		return "uploaded", nil
	})

	for done := false; !done; {
		select {
		case percent := <-progress:
			fmt.Println(percent, "%")
		case <-f.Done():
			done = true
		}
	}
	result, _ := f.Poll()
	fmt.Println(result.Value)
	// Output:
	// 0 %
	// 50 %
	// 100 %
	// uploaded
}
