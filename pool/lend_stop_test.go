package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that has lent its slot gets it back though the pool is stopped meanwhile. Its
// context ends then, but a wait may go on with another one.
func TestStopWhileLent(t *testing.T) {
	long := func(context.Context) (int, error) {
		time.Sleep(time.Minute)
		return 1, nil
	}
	waits := map[string]func(context.Context, *pool.Pool) error{
		"Await": func(ctx context.Context, p *pool.Pool) error {
			ctx = context.WithoutCancel(ctx)
			_, err := pool.Submit(ctx, p, long).Await(ctx)
			return err
		},
		"Join": func(ctx context.Context, p *pool.Pool) error {
			_, _, err := pool.Join(ctx, p, long, long)
			return err
		},
		"Outside": func(ctx context.Context, p *pool.Pool) error {
			pool.Outside(ctx, func() { time.Sleep(time.Minute) })
			return nil
		},
	}
	for name, wait := range waits {
		for kind, opts := range map[string][]millrace.PoolOption{
			"plain":   {millrace.WithWorkers(1)},
			"bounded": {millrace.WithWorkers(1), millrace.WithQueue(0)},
			"weighed": {millrace.WithWorkers(1), millrace.WithMaxWeight(1)},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(opts...)
					parent := pool.Go(bg, p, func(ctx context.Context) error { return wait(ctx, p) })
					time.Sleep(time.Second)
					p.Stop(nil)
					start := time.Now()
					if p.Close(); time.Since(start) > 2*time.Minute || !parent.State().Settled() {
						t.Errorf("Close() took %v, and the parent is %v, want at most 2m and settled", time.Since(start), parent.State())
					}
				})
			})
		}
	}
}
