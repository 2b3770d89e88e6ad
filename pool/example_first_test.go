package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// One of three mirrors answers, one fails, and one would take for ever: First returns the
// answer and ends the context of the slow one.
func ExampleFirst() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	answer, err := pool.First(ctx, p,
		func(context.Context) (string, error) { return "", errors.New("no route to host") },
		func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() },
		func(context.Context) (string, error) { return "the file", nil },
	)
	fmt.Println(answer, err)
	// Output: the file <nil>
}
