package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// counter is an observer of one's own. observe.Nop has the methods that do nothing.
type counter struct {
	observe.Nop
	failed, never atomic.Int32
}

func (c *counter) Ended(_ context.Context, t *millrace.TaskInfo) {
	if t.Err != nil {
		c.failed.Add(1)
	}
}

func (c *counter) NeverRan(context.Context, *millrace.TaskInfo) { c.never.Add(1) }

// An observer is told of the end of every task of the pool, before waits for the task return.
func ExampleWithObserver() {
	ctx := context.Background()
	var c counter
	p := pool.New(millrace.WithObserver(&c))

	_, _ = pool.Go(ctx, p, func(context.Context) error { return errors.New("no such user") }).Await(ctx)
	p.Close()
	pool.Go(ctx, p, func(context.Context) error { return nil }) // refused
	fmt.Println(c.failed.Load(), "failed,", c.never.Load(), "never ran")
	// Output: 1 failed, 1 never ran
}

// printer prints the names of the tasks that end.
type printer struct{ observe.Nop }

func (printer) Ended(_ context.Context, t *millrace.TaskInfo) { fmt.Println(t.Pool, t.Name, t.Err) }

// The name says what a task does, and not for whom: it becomes an attribute of metrics.
func ExampleWithTaskName() {
	ctx := context.Background()
	p := pool.New(millrace.WithName("mail"), millrace.WithWorkers(1), millrace.WithObserver(printer{}))

	pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithTaskName("render"))
	pool.Go(ctx, p, func(context.Context) error { return errors.New("no route") }, millrace.WithTaskName("send"))
	p.Close()
	// Output:
	// mail render <nil>
	// mail send no route
}

// runs prints the maps that begin, and how far each was when it ended.
type runs struct{ observe.Nop }

func (runs) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	fmt.Println("begins:", r.Name)
	return ctx, func() { fmt.Println("ended:", r.Probe().Delivered, "delivered") }
}

// A RunObserver is told of maps as a whole, which costs their items nothing. It may ask
// at any time how far a run is.
func ExampleRunObserver() {
	ctx := context.Background()
	p := pool.New(millrace.WithObserver(runs{}))
	defer p.Close()

	double := func(_ context.Context, n int) (int, error) { return 2 * n, nil }
	for range pool.Map(ctx, p, slices.Values([]int{1, 2, 3}), double, millrace.WithTaskName("double")) {
	}
	// Output:
	// begins: double
	// ended: 3 delivered
}

// retries prints the attempts that are followed by another one.
type retries struct{ observe.Nop }

func (retries) Retried(_ context.Context, t *millrace.TaskInfo, delay time.Duration) {
	fmt.Printf("attempt %d: %v; again in %v\n", t.Attempt, t.Err, delay)
}

// A RetryObserver is told of each attempt that has failed and will be followed by
// another one.
func ExampleRetryObserver() {
	ctx := context.Background()
	p := pool.New(millrace.WithObserver(retries{}))
	defer p.Close()

	f := pool.Submit(ctx, p, func(ctx context.Context) (string, error) {
		if pool.Attempt(ctx) == 1 {
			return "", errors.New("busy")
		}
		return "sent", nil
	}, millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) { return time.Millisecond, attempt < 3 }))
	fmt.Println(f.Await(ctx))
	// Output:
	// attempt 1: busy; again in 1ms
	// sent <nil>
}
