package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A reconciler brings things up to date. However often one is reported as changed, it
// waits for a worker at most once, and is never at work twice at the same time.
type reconciler struct {
	pool *pool.Pool
	run  func(ctx context.Context, name string) error // reads what has changed under the lock of that

	mu   sync.Mutex
	last map[string]*future.Future[struct{}] // the last task of each name
}

func (r *reconciler) changed(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.last[name]; f != nil && f.State() == future.Pending {
		return // it has not started, and will see this change
	}
	r.last[name] = pool.Go(context.Background(), r.pool, func(ctx context.Context) error { return r.run(ctx, name) },
		millrace.WithKey(name), millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) {
			return time.Second << attempt, attempt < 10
		}))
}

// Work that is asked for again while it waits is done once; while it runs, once more
// after that.
func Example_reconcile() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		r := &reconciler{pool: p, last: map[string]*future.Future[struct{}]{}}
		r.run = func(_ context.Context, name string) error {
			time.Sleep(time.Second)
			fmt.Println(name, "is up to date")
			return nil
		}
		r.changed("a")
		synctest.Wait() // it runs
		for range 100 {
			r.changed("a")
		}
		p.Close()
	})
	// Output:
	// a is up to date
	// a is up to date
}
