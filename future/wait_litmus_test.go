package future_test

import (
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/litmus"
)

// Wait does not say that a context has ended the wait if, by its lists, the condition holds.
func TestWaitAgainstResolve(t *testing.T) {
	ctx, chance := ended(errBoom), litmus.NewChance()
	for _, until := range []future.Until{future.AllCompleted, future.FirstCompleted, future.FirstFailed} {
		var p *future.Promise[int]
		litmus.Pair{
			Before: func(int) { p = future.NewPromise[int]() },
			A: func(n int) {
				done, notDone, err := future.Wait(ctx, until, p.Future())
				if len(done)+len(notDone) != 1 || (err == nil) != (len(done) == 1) {
					t.Errorf("round %d: Wait(%d) = %v, %v, %v, want an error only if the future is not done", n, until, done, notDone, err)
				}
			},
			B: func(int) {
				chance.Spin(400)
				p.Reject(errBoom)
			},
		}.Run(t, 3)
	}
}
