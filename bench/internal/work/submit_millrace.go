package work

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A derive makes the context that an entry works under, in the form of
// context.WithCancel: programs have one that can end nearly everywhere.
type derive func(parent context.Context) (context.Context, context.CancelFunc)

// forever leaves out the end.
func forever(parent context.Context) (context.Context, context.CancelFunc) {
	return parent, func() {}
}

// submitMillrace submits and awaits under a context of its own.
func submitMillrace(within derive) func(w int, run task) session {
	return func(w int, run task) session {
		p := pool.New(millrace.WithWorkers(w))
		ctx, end := within(background)
		return session{
			all: func(lo, hi int) int {
				futures := make([]*future.Future[int], 0, hi-lo)
				for i := lo; i < hi; i++ {
					futures = append(futures, pool.Submit(ctx, p, func(context.Context) (int, error) { return run(i) }))
				}
				return awaited(ctx, futures)
			},
			close: func() { must(p.Close()); end() },
		}
	}
}

// awaited returns the sum of the results.
func awaited(ctx context.Context, futures []*future.Future[int]) int {
	total := 0
	for _, f := range futures {
		v, err := f.Await(ctx)
		must(err)
		total += v
	}
	return total
}
