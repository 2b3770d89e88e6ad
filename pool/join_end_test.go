package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The context of the function of a Join that a worker runs ends with the other function's
// error, and with the caller's context. So does a wait with it, and what it has submitted is
// cancelled at once.
func TestJoinEndsWaits(t *testing.T) {
	for name, end := range map[string]func(cancel func()) error{
		"an error of the other function":  func(func()) error { return errBoom },
		"the end of the caller's context": func(cancel func()) error { cancel(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				outer, cancel := context.WithCancel(bg)
				defer cancel()
				var late *intFuture
				start := time.Now()
				pool.Go(outer, p, func(ctx context.Context) error {
					pool.Join(ctx, p, func(ctx context.Context) (int, error) {
						late = pool.Submit(ctx, p, nop, millrace.WithDelay(time.Hour))
						return late.Await(ctx)
					}, func(context.Context) (int, error) {
						synctest.Wait()
						return 0, end(cancel)
					})
					return nil
				}).Await(bg)
				wantNeverRan(t, "what a function of a Join has submitted whose context has ended", late)
				if d := time.Since(start); d != 0 {
					t.Errorf("a wait with that context has ended after %v, want at once", d)
				}
				p.Close()
			})
		})
	}
}
