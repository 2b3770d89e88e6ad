package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Cancel works on tasks that have not started. Two workers take the first two
// of four tasks at once; the others are still pending.
func Example_cancel() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(2))
	defer p.Close()

	release := make(chan struct{})
	for range 4 {
		f := pool.Submit(ctx, p, func(context.Context) (string, error) {
			<-release
			return "done", nil
		})
		fmt.Println("Cancelled:", f.Cancel())
	}
	close(release)
	// Output:
	// Cancelled: false
	// Cancelled: false
	// Cancelled: true
	// Cancelled: true
}
