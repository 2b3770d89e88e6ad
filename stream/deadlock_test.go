package stream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A task that runs a stage whose items have its own key waits for itself, and is
// told so at once.
func TestStageOfTheTasksOwnKey(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		ctx, cancel := context.WithTimeout(bg, time.Hour)
		defer cancel()
		start := time.Now()
		f := pool.Submit(ctx, r.pool, func(ctx context.Context) (int, error) {
			same := func(_ context.Context, v int) (int, error) { return v, nil }
			return stream.Map(stream.FromSlice(upTo(3)), r.pool, same, millrace.WithKey("k")).Count(ctx)
		}, millrace.WithKey("k"))
		_, err := f.Await(bg)
		if took := time.Since(start); !errors.Is(err, future.ErrDeadlock) || took != 0 {
			t.Errorf("Count() = %v after %v, want ErrDeadlock at once", err, took)
		}
	})
}
