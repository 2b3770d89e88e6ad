package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A group that outlives a function is made with NewGroup and ended with Wait.
func ExampleNewGroup() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	lengths := make([]int, 3)
	g := pool.NewGroup(ctx, p)
	for i, word := range []string{"the", "mill", "race"} {
		pool.Go(ctx, g, func(context.Context) error { lengths[i] = len(word); return nil })
	}
	fmt.Println(g.Wait(), lengths)
	// Output: <nil> [3 4 4]
}

// Wait returns the first failure, and ends the group: it takes no more members.
func ExampleGroup_Wait() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := pool.NewGroup(ctx, p)
	pool.Go(ctx, g, func(context.Context) error { return errors.New("disk full") })
	fmt.Println(g.Wait())

	_, err := pool.Go(ctx, g, func(context.Context) error { return nil }).Await(ctx)
	fmt.Println(errors.Is(err, pool.ErrClosed))
	// Output:
	// disk full
	// true
}

// Cancel ends a group from outside. Its cause reaches the members, and is what Wait
// returns.
func ExampleGroup_Cancel() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := pool.NewGroup(ctx, p)
	download := pool.Go(ctx, g, func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	})
	g.Cancel(errors.New("the user has left"))
	fmt.Println(g.Wait())
	fmt.Println(download.State().Settled())
	// Output:
	// the user has left
	// true
}

// Context is for code that belongs to the group and is no member: it ends with the
// group's first failure.
func ExampleGroup_Context() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := pool.NewGroup(ctx, p)
	pool.Go(ctx, g, func(context.Context) error { return errors.New("disk full") })
	<-g.Context().Done()
	fmt.Println(context.Cause(g.Context()))
	fmt.Println(g.Wait())
	// Output:
	// disk full
	// disk full
}

// SetLimit changes how many members run at once: here a backend that has recovered may
// be asked more.
func ExampleGroup_SetLimit() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()
	started, open := make(chan struct{}, 4), make(chan struct{})

	backend := pool.NewGroup(ctx, p, millrace.WithLimit(1))
	for range 4 {
		pool.Go(ctx, backend, func(context.Context) error { started <- struct{}{}; <-open; return nil })
	}
	<-started
	fmt.Println(backend.Stats().Running, "running")
	backend.SetLimit(3)
	<-started
	<-started
	fmt.Println(backend.Stats().Running, "running")
	close(open)
	fmt.Println(backend.Wait())
	// Output:
	// 1 running
	// 3 running
	// <nil>
}

// The figures of a group are those of its own members.
func ExampleGroup_Stats() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := pool.NewGroup(ctx, p, millrace.IgnoreErrors())
	pool.Go(ctx, p, func(context.Context) error { return nil }) // no member
	for i := range 3 {
		pool.Go(ctx, g, func(context.Context) error {
			if i == 0 {
				return errors.New("not found")
			}
			return nil
		})
	}
	fmt.Println(g.Wait())
	s := g.Stats()
	fmt.Println(s.Submitted, "submitted,", s.Succeeded, "succeeded,", s.Failed, "failed")
	// Output:
	// <nil>
	// 3 submitted, 2 succeeded, 1 failed
}
