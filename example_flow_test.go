package millrace_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// tenant is a type of its own, so that no other caller's flow can be equal to it.
type tenant string

// Flows take turns: one tenant with many tasks does not hold up another one with few.
func ExampleWithFlow() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	say := func(who tenant, what string) {
		pool.Go(ctx, p, func(context.Context) error {
			fmt.Println(who, what)
			return nil
		}, millrace.WithFlow(who))
	}

	p.Pause() // until all are there, so that the output is always the same
	say("large", "1")
	say("large", "2")
	say("large", "3")
	say("small", "1")
	p.Resume()
	p.Close()
	// Output:
	// large 1
	// small 1
	// large 2
	// large 3
}
