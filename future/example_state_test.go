package future_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// The state says whether the function was called. A cancelled task is safe to submit
// again, whatever its error is.
func ExampleFuture_State() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	defer p.Close()
	started, release := make(chan struct{}), make(chan struct{})
	running := pool.Go(ctx, p, func(context.Context) error {
		close(started)
		<-release
		return errors.New("half of it is written")
	})
	pending := pool.Go(ctx, p, func(context.Context) error { return nil })

	<-started
	fmt.Println(running.State(), pending.State())
	pending.Cancel()
	close(release)
	_, _ = running.Await(ctx)
	fmt.Println(running.State(), pending.State())
	// Output:
	// running pending
	// failed cancelled
}

// Settled tells the final states from the others.
func ExampleState_Settled() {
	for s := future.Pending; s <= future.Cancelled; s++ {
		fmt.Println(s, s.Settled())
	}
	// Output:
	// pending false
	// running false
	// succeeded true
	// failed true
	// cancelled true
}
