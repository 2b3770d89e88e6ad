package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A task that waits for itself, here through another one, is told so. It does not hang.
func Example_deadlock() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	known := make(chan struct{})
	var first, second *future.Future[int]
	first = pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
		<-known
		return second.Await(ctx)
	})
	second = pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
		<-known
		return first.Await(ctx)
	})
	close(known)
	_, err := first.Await(ctx)
	fmt.Println(errors.Is(err, future.ErrDeadlock))
	// Output: true
}

// A wait that ends with its context says so, and the task goes on.
func Example_deadline() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	open := make(chan struct{})
	f := pool.Submit(ctx, p, func(context.Context) (string, error) { <-open; return "late", nil })

	patience, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err := f.Await(patience)
	fmt.Println(errors.Is(err, future.ErrNotDone), errors.Is(err, context.DeadlineExceeded))
	close(open)
	fmt.Println(f.Await(ctx))
	// Output:
	// true true
	// late <nil>
}

// The context of a task ends with the task, and with it the children that were submitted
// with that context. A child that is to go on gets one without that end.
func Example_outlive() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1)) // both children wait until the parent has ended
	defer p.Close()

	var cancelled, goesOn *future.Future[string]
	child := func(context.Context) (string, error) { return "mail sent", nil }
	parent := pool.Go(ctx, p, func(ctx context.Context) error {
		cancelled = pool.Submit(ctx, p, child)
		goesOn = pool.Submit(context.WithoutCancel(ctx), p, child)
		return nil
	})
	_, _ = parent.Await(ctx)

	_, err := cancelled.Await(ctx)
	fmt.Println(cancelled.State(), errors.Is(err, future.ErrTaskEnded))
	fmt.Println(goesOn.Await(ctx))
	// Output:
	// cancelled true
	// mail sent <nil>
}

// thumbnails works on a pool as well as on a group with a limit of its own.
func thumbnails(ctx context.Context, ex pool.Executor, pictures []string) ([]string, error) {
	return pool.MapSlice(ctx, ex, pictures, func(_ context.Context, picture string) (string, error) {
		return "small " + picture, nil
	})
}

// A function that takes an Executor leaves it to its caller how much of the pool it may
// use.
func ExampleExecutor() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()

	fmt.Println(thumbnails(ctx, p, []string{"a.png", "b.png"}))
	_ = pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		fmt.Println(thumbnails(ctx, g, []string{"c.png"}))
		return nil
	}, millrace.WithLimit(2))
	// Output:
	// [small a.png small b.png] <nil>
	// [small c.png] <nil>
}
