package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// The timeout of a task begins when the task starts. The time in the queue does not
// count: for that there is the context of Submit.
func ExampleWithTimeout() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	f := pool.Go(ctx, p, func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}, millrace.WithTimeout(time.Millisecond))

	_, err := f.Await(ctx)
	_, late := errors.AsType[*future.TimeoutError](err)
	fmt.Println(err, late)
	// Output: future: task timed out after 1ms true
}

// A pool for the time of a server's context: when the context ends, the pool stops.
func ExampleWithContext() {
	serving, stop := context.WithCancelCause(context.Background())
	p := pool.New(millrace.WithContext(serving))
	started := make(chan struct{})
	f := pool.Go(context.Background(), p, func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return context.Cause(ctx)
	})

	<-started
	terminated := errors.New("terminated")
	stop(terminated)
	_, err := f.Await(context.Background())
	fmt.Println(errors.Is(err, terminated))
	p.Close()
	fmt.Println(p.Err())
	// Output:
	// true
	// pool: stopped: terminated
}
