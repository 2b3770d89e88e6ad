package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A full queue rejects further tasks. Their futures say so, and that they never ran.
func ExampleWithQueue() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1), millrace.WithOverflow(millrace.Reject))
	started, open := make(chan struct{}, 2), make(chan struct{})
	wait := func(context.Context) error { started <- struct{}{}; <-open; return nil }

	running := pool.Go(ctx, p, wait)
	<-started
	queued, rejected := pool.Go(ctx, p, wait), pool.Go(ctx, p, wait)
	fmt.Println(running.State(), queued.State(), rejected.State())
	_, err := rejected.Await(ctx)
	fmt.Println(errors.Is(err, pool.ErrQueueFull))
	close(open)
	p.Close()
	// Output:
	// running pending cancelled
	// true
}

// With CallerRuns a full pool slows its submitters down: Submit returns when the task has
// run.
func ExampleWithOverflow() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(0), millrace.WithOverflow(millrace.CallerRuns))
	started, open := make(chan struct{}), make(chan struct{})
	pool.Go(ctx, p, func(context.Context) error { close(started); <-open; return nil })
	<-started

	f := pool.Submit(ctx, p, func(context.Context) (string, error) { return "ran meanwhile", nil })
	result, settled := f.Poll()
	fmt.Println(result.Value, settled)
	close(open)
	p.Close()
	// Output: ran meanwhile true
}

// Weights bound what running tasks take of something together, here of memory.
func ExampleWithWeight() {
	const mebibyte = 1 << 20
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(100*mebibyte))
	started, open := make(chan struct{}, 3), make(chan struct{})
	resize := func(context.Context) error { started <- struct{}{}; <-open; return nil }

	for range 3 {
		pool.Go(ctx, p, resize, millrace.WithWeight(40*mebibyte))
	}
	huge := pool.Go(ctx, p, resize, millrace.WithWeight(101*mebibyte))

	<-started
	<-started
	stats := p.Stats()
	fmt.Println(stats.Running, "running with", stats.Weight/mebibyte, "MiB,", stats.Queued, "queued")
	_, err := huge.Await(ctx)
	fmt.Println(errors.Is(err, pool.ErrTooHeavy))
	close(open)
	p.Close()
	// Output:
	// 2 running with 80 MiB, 1 queued
	// true
}

// A group with a limit is a narrow view of a pool, here for a database that takes two
// queries at once.
func ExampleWithLimit() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()
	started, open := make(chan struct{}, 5), make(chan struct{})

	queries := pool.NewGroup(ctx, p, millrace.WithLimit(2))
	for range 5 {
		pool.Go(ctx, queries, func(context.Context) error { started <- struct{}{}; <-open; return nil })
	}
	<-started
	<-started
	stats := p.Stats()
	fmt.Println(stats.Running, "running,", stats.Queued, "queued")
	close(open)
	fmt.Println(queries.Wait())
	// Output:
	// 2 running, 3 queued
	// <nil>
}

// Results are yielded as they complete. Here the item 1 waits until the item 2 has been
// yielded, which would never be so in the order of the input.
func ExampleUnordered() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(2))
	defer p.Close()
	yielded := make(chan struct{})
	work := func(_ context.Context, n int) (int, error) {
		if n == 1 {
			<-yielded
		}
		return 10 * n, nil
	}

	for result, err := range pool.Map(ctx, p, slices.Values([]int{1, 2}), work, millrace.Unordered()) {
		fmt.Println(result, err)
		if result == 20 {
			close(yielded)
		}
	}
	// Output:
	// 20 <nil>
	// 10 <nil>
}
