package pool_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// ask asks a shop for its price, which takes a while.
func ask(ctx context.Context, price int, takes time.Duration) (int, error) {
	select {
	case <-time.After(takes):
		return price, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// The answers that are there in time are used, and the other calls end.
func Example_inTime() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		p := pool.New()
		defer p.Close()

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var answers []*future.Future[int]
		for _, takes := range []time.Duration{30 * time.Millisecond, time.Hour, 20 * time.Millisecond} {
			answers = append(answers, pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				return ask(ctx, int(takes.Milliseconds()), takes)
			}))
		}
		for f := range future.AsCompleted(ctx, answers...) {
			if price, err := f.Await(ctx); err == nil {
				fmt.Println(price)
			}
		}
		fmt.Println(ctx.Err())
	})
	// Output:
	// 20
	// 30
	// context deadline exceeded
}
