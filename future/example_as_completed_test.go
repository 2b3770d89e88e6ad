package future_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// Results are handled as they come. Here the large file arrives only once the small
// one has been printed.
func ExampleAsCompleted() {
	ctx := context.Background()
	printed := make(chan struct{})
	large := future.Go(ctx, func(context.Context) (string, error) {
		<-printed
		return "the large file", nil
	})
	small := future.Go(ctx, func(context.Context) (string, error) { return "the small file", nil })

	for f := range future.AsCompleted(ctx, large, small) {
		name, err := f.Await(ctx) // it has settled, so this does not block
		fmt.Println(name, err)
		if f == small {
			close(printed)
		}
	}
	if ctx.Err() != nil {
		fmt.Println("the loop has ended early")
	}
	// Output:
	// the small file <nil>
	// the large file <nil>
}
