package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A group with CollectErrors runs all its members and reports every failure. It has a
// limit of its own within the pool.
func ExampleGroup() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := pool.NewGroup(ctx, p, millrace.WithLimit(2), millrace.CollectErrors())
	for _, host := range []string{"a", "b", "c"} {
		pool.Go(ctx, g, func(context.Context) error {
			if host == "b" {
				return nil
			}
			return errors.New(host + " does not answer")
		})
	}
	fmt.Println(g.Wait())
	// Output:
	// a does not answer
	// c does not answer
}
