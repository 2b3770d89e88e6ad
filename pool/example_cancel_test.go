package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Cancel works on tasks that have not started. Two workers have taken the first two of
// four tasks; the others are still pending.
func Example_cancel() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(2))
	defer p.Close()

	started, release := make(chan struct{}, 4), make(chan struct{})
	var fs []*future.Future[string]
	for range 4 {
		fs = append(fs, pool.Submit(ctx, p, func(context.Context) (string, error) {
			started <- struct{}{}
			<-release
			return "done", nil
		}))
	}
	<-started
	<-started
	for _, f := range fs {
		fmt.Println("Cancelled:", f.Cancel())
	}
	close(release)
	// Output:
	// Cancelled: false
	// Cancelled: false
	// Cancelled: true
	// Cancelled: true
}
