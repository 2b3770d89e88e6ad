package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// account is a key type of its own, so that keys of other callers of the pool
// cannot be equal to it.
type account string

const mebibyte = 1 << 20

// A service on one pool: paying tenants go first, the updates of an account keep
// their order, and the jobs that run at once fit into 64 MiB. There is one worker
// here so that the order of the output is that of admission.
func Example_admission() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithMaxWeight(64*mebibyte), millrace.WithQueue(100))
	say := func(what string) func(context.Context) error {
		return func(context.Context) error {
			fmt.Println(what)
			return nil
		}
	}

	// While this one runs the others queue.
	open := make(chan struct{})
	pool.Go(ctx, p, func(context.Context) error { <-open; return nil })

	// Free tenants submit first; the paying one does not wait for them.
	pool.Go(ctx, p, say("free: report"), millrace.WithWeight(mebibyte))
	pool.Go(ctx, p, say("paying: report"), millrace.WithWeight(mebibyte), millrace.WithPriority(10))

	// The second update is urgent. It still comes after the first one, which inherits
	// its priority.
	pool.Go(ctx, p, say("account 7: opened"), millrace.WithKey(account("7")))
	pool.Go(ctx, p, say("account 7: charged"), millrace.WithKey(account("7")), millrace.WithPriority(20))

	// A job that could never fit is refused at once.
	huge := pool.Go(ctx, p, say("never"), millrace.WithWeight(65*mebibyte))
	_, err := huge.Await(ctx)
	fmt.Println(huge.State(), err)

	close(open)
	p.Close()
	// Output:
	// cancelled future: cancelled before it ran: pool: task is heavier than the pool's maximum weight
	// account 7: opened
	// account 7: charged
	// paying: report
	// free: report
}
