package pool_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// In a test, a pool is made, used and closed in one bubble of testing/synctest. Time
// is virtual there: the timeout of an hour passes at once, and is exact.
func Example_synctest() {
	t := new(testing.T) // that of the test
	synctest.Test(t, func(t *testing.T) {
		p := pool.New()
		defer p.Close() // the bubble waits for the pool's goroutines

		start := time.Now()
		f := pool.Go(context.Background(), p, func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}, millrace.WithTimeout(time.Hour))

		_, err := f.Await(t.Context())
		fmt.Println(err, "and", time.Since(start), "have passed")
	})
	// Output: future: task timed out after 1h0m0s and 1h0m0s have passed
}
