package millrace_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// By default the first failure cancels the other members. With CollectErrors all run,
// and Wait and Scope report every failure, in order of submission.
func ExampleCollectErrors() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		for _, file := range []string{"a", "b", "c"} {
			pool.Go(ctx, g, func(context.Context) error {
				if file == "b" {
					return nil
				}
				return errors.New(file + ": no such file")
			})
		}
		return nil
	}, millrace.CollectErrors())
	fmt.Println(err)
	// Output:
	// a: no such file
	// c: no such file
}

// A group as a long-lived, limited view of a pool: a failed request concerns its caller alone.
func ExampleIgnoreErrors() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	host := pool.NewGroup(ctx, p, millrace.WithLimit(2), millrace.IgnoreErrors())

	failed := pool.Go(ctx, host, func(context.Context) error { return errors.New("not found") })
	_, err := failed.Await(ctx)
	fmt.Println(err)
	fmt.Println(pool.Submit(ctx, host, func(context.Context) (string, error) { return "found", nil }).Await(ctx))
	fmt.Println(host.Wait())
	// Output:
	// not found
	// found <nil>
	// <nil>
}
