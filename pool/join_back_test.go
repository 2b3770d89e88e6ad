package pool_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A branch that the caller takes back after it has started gives back all that it took to
// start: its weight, and the prepared worker that was to run it.
func TestJoinTakesBackAll(t *testing.T) {
	for name, opt := range map[string]millrace.PoolOption{
		"weight":  millrace.WithMaxWeight(4),
		"prepare": millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }),
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4), opt)
			fork := func(ctx context.Context) (int, error) {
				for range 500 {
					if _, _, err := pool.Join(ctx, p, nop, nop); err != nil {
						return 0, err
					}
				}
				return 1, nil
			}
			ctx, cancel := context.WithTimeout(bg, time.Minute)
			defer cancel()
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if _, err := pool.Submit(ctx, p, fork).Await(bg); err != nil {
						t.Errorf("%s: forks in a task = %v, want nil", name, err)
					}
				})
			}
			wg.Wait()
			if s := stats(t, p); s.Weight != 0 || s.Running != 0 {
				t.Errorf("%s: Stats() at rest = %+v", name, s)
			}
			p.Close()
		})
	}
}
