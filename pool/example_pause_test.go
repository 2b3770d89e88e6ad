package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// A paused pool takes tasks and starts none, for instance while a database is moved.
func ExamplePool_Pause() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	p.Pause()
	f := pool.Submit(ctx, p, func(context.Context) (string, error) { return "ran", nil })
	fmt.Println(f.State(), p.Stats().Queued)
	p.Resume()
	fmt.Println(f.Await(ctx))
	// Output:
	// pending 1
	// ran <nil>
}

// Drop cancels the tasks that have not started. The pool goes on.
func ExamplePool_Drop() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	p.Pause()
	stale := pool.Go(ctx, p, func(context.Context) error { return nil })
	fmt.Println(p.Drop(errors.New("the feed was reset")), "dropped")
	p.Resume()

	_, err := stale.Await(ctx)
	fmt.Println(err)
	fmt.Println(pool.Submit(ctx, p, func(context.Context) (string, error) { return "fresh", nil }).Await(ctx))
	// Output:
	// 1 dropped
	// future: cancelled before it ran: the feed was reset
	// fresh <nil>
}
