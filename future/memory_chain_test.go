package future_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
)

// A function that starts its successor with its own context and WithoutCancel goes on
// without growing.
func TestGoChainDoesNotGrow(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		const long = 20_000
		var value any
		measure := make(chan struct{})
		var next func(n int, before context.Context) func(context.Context) (int, error)
		next = func(n int, before context.Context) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				<-before.Done() // its goroutine ends: no more than a few are there at once
				if n == long/10 || n == long {
					<-measure
				}
				if value = ctx.Value(chainKey{}); n < long {
					future.Go(context.WithoutCancel(ctx), next(n+1, ctx))
				}
				return 0, nil
			}
		}
		future.Go(context.WithValue(bg, chainKey{}, "root"), next(0, ended(errBoom)))
		synctest.Wait()
		first := memory.InUse()
		measure <- struct{}{}
		synctest.Wait()
		if grown := int64(memory.InUse()) - int64(first); grown > 256<<10 {
			t.Errorf("%d generations took %d bytes, want none", long-long/10, grown)
		}
		measure <- struct{}{}
		synctest.Wait()
		if value != "root" {
			t.Errorf("a value of the first context = %v, want root", value)
		}
	})
}

type chainKey struct{}
