package future_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The end of a context that pending tasks were submitted with has settled them, for every
// wait: also for one with the same context, and though nobody has told the pool yet.
func TestWaitWithTheContextOfSubmit(t *testing.T) {
	await := map[string]func(context.Context, ...*intFuture) error{
		"AsCompleted": func(ctx context.Context, fs ...*intFuture) error {
			n := 0
			for f := range future.AsCompleted(ctx, fs...) {
				n++
				if _, err := f.Await(bg); !errors.Is(err, future.ErrCancelled) {
					return err
				}
			}
			if n != len(fs) {
				return future.ErrNotDone
			}
			return future.ErrCancelled
		},
	}
	for _, w := range waits {
		await[w.name] = w.wait
	}
	for name, wait := range await {
		for range 50 {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(1))
				defer p.Close()
				gate := make(chan struct{})
				defer close(gate)
				pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 0, nil })
				ctx, cancel := context.WithCancelCause(bg)
				f := pool.Submit(ctx, p, func(context.Context) (int, error) { return 1, nil })
				cancel(errBoom)
				if err := wait(ctx, f); errors.Is(err, future.ErrNotDone) {
					t.Errorf("%s: %v, want the outcome: the task never ran", name, err)
				}
				if s := f.State(); s != future.Cancelled {
					t.Errorf("%s: State() = %v, want cancelled", name, s)
				}
			})
		}
	}
}
