package sched_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A prepared worker that ends a task takes the next one, and leaves that to no later section of the
// pool: there may be none for long.
func TestPreparedWorkerTakesTheNextTask(t *testing.T) {
	cfg := options.Pool{Workers: 1, Init: func(ctx context.Context) (context.Context, error) { return ctx, nil }}
	with(t, cfg, func(t *testing.T, p *sched.Pool) {
		first, release := hold()
		next := plain(nothing)
		submit(p, first, next)
		began := time.Now()
		release()
		await(t, next)
		if took := time.Since(began); took > 0 {
			t.Errorf("the next task has settled after %v, want at once", took)
		}
	})
}
