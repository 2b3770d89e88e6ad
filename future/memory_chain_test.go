package future_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
)

// A function that starts its successor with its own context and WithoutCancel goes on
// without growing.
func TestGoChainDoesNotGrow(t *testing.T) {
	const long = 20_000
	var first, last uint64
	var value any
	done := make(chan struct{})
	var next func(n int) func(context.Context) (int, error)
	next = func(n int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			switch n {
			case long / 10:
				first = memory.InUse()
			case long:
				last, value = memory.InUse(), ctx.Value(chainKey{})
				close(done)
				return 0, nil
			}
			future.Go(context.WithoutCancel(ctx), next(n+1))
			return 0, nil
		}
	}
	future.Go(context.WithValue(bg, chainKey{}, "root"), next(0))
	<-done
	if grown := int64(last) - int64(first); grown > 256<<10 {
		t.Errorf("%d generations took %d bytes, want none", long-long/10, grown)
	}
	if value != "root" {
		t.Errorf("a value of the first context = %v, want root", value)
	}
}

type chainKey struct{}
