package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/litmus"
	"github.com/millrace-go/millrace/pool"
)

// Of two calls of Abort of a running task at the same time one has an effect.
func TestAbortsOfARunningTaskRace(t *testing.T) {
	for name, opts := range map[string][]millrace.TaskOption{
		"plain": nil,
		"tried": {millrace.WithRetry(func(int, error) (delay time.Duration, again bool) { return 0, true })},
	} {
		p := pool.New(millrace.WithWorkers(1))
		var f *intFuture
		var first, second bool
		one, other := litmus.NewChance(), litmus.NewChance()
		litmus.Pair{
			Before: func(int) {
				started := make(chan struct{})
				f = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					close(started)
					<-ctx.Done()
					return 0, context.Cause(ctx)
				}, opts...)
				<-started
			},
			A: func(int) {
				one.Spin(100)
				first = f.Abort(errBoom)
			},
			B: func(int) {
				other.Spin(150)
				second = f.Abort(errBoom)
			},
			After: func(n int) {
				if first == second {
					t.Errorf("%s: round %d: Abort() = %v and %v, want one true", name, n, first, second)
				}
			},
		}.Run(t, 1)
		f.Await(bg)
		p.Close()
	}
}
