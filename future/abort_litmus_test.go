package future_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/litmus"
)

// Of two calls of Abort at the same time one has an effect.
func TestAbortsRace(t *testing.T) {
	var f *intFuture
	var first, second bool
	one, other := litmus.NewChance(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) {
			f = future.Go(bg, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, context.Cause(ctx)
			})
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
				t.Errorf("round %d: Abort() = %v and %v, want one true", n, first, second)
			}
		},
	}.Run(t, 1)
}
