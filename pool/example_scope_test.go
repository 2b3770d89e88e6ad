package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// A scope keeps what belongs together in one block: when Scope returns, all members
// have ended.
func ExampleScope() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var user, balance string
	err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		pool.Go(ctx, g, func(context.Context) error { user = "Ada"; return nil })
		pool.Go(ctx, g, func(context.Context) error { balance = "7 EUR"; return nil })
		return nil
	})
	fmt.Println(user, balance, err)
	// Output: Ada 7 EUR <nil>
}

// The first failure ends the contexts of the other members, and is what Scope returns.
func ExampleScope_failure() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	started := make(chan struct{})
	err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		pool.Go(ctx, g, func(ctx context.Context) error {
			close(started)
			<-ctx.Done() // not for ever: the other member fails
			fmt.Println("download given up:", context.Cause(ctx))
			return ctx.Err()
		})
		pool.Go(ctx, g, func(context.Context) error {
			<-started
			return errors.New("disk full")
		})
		return nil
	})
	fmt.Println(err)
	// Output:
	// download given up: disk full
	// disk full
}
