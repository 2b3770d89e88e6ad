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
	litmus.OneWins(t, func() {
		f = future.Go(bg, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})
	}, func() bool { return f.Abort(errBoom) })
}
