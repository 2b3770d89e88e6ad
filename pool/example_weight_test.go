package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Weights bound what the tasks that run hold together, here the memory of large
// jobs: of three jobs of 30 MiB two fit into 64 MiB, though there are four
// workers. The small job would fit beside them, and waits all the same: small ones
// cannot starve a large one.
func ExamplePool_Stats_weight() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(64*mebibyte))

	started, finish := make(chan struct{}, 4), make(chan struct{})
	job := func(context.Context) error {
		started <- struct{}{}
		<-finish
		return nil
	}
	for range 3 {
		pool.Go(ctx, p, job, millrace.WithWeight(30*mebibyte))
	}
	small := pool.Go(ctx, p, job, millrace.WithWeight(mebibyte))

	<-started
	<-started
	s := p.Stats()
	fmt.Printf("%d running with %d of %d MiB, %d queued\n", s.Running, s.Weight/mebibyte, s.MaxWeight/mebibyte, s.Queued)
	fmt.Println("the small job is", small.State())
	close(finish)
	p.Close()
	fmt.Println("the small job has", small.State())
	// Output:
	// 2 running with 60 of 64 MiB, 2 queued
	// the small job is pending
	// the small job has succeeded
}
