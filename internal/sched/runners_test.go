package sched_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// The caller of a map blocks for each item that is not ready. What it has waited for is not kept.
func TestWaitsOfMapDoNotPileUp(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		caller := plain(func(ctx context.Context) {
			r := sched.NewRunners(ctx, p, sched.RunnersConfig{Task: options.Plain, Loop: gated{}})
			due := make(chan struct{}, 1)
			for range 10 {
				due <- struct{}{}
				r.Block(due, nil)
			}
			if n := sched.WaitsOf(r); n != 0 {
				t.Errorf("%d waits are kept that have ended", n)
			}
			r.Join()
		})
		submit(p, caller)
		await(t, caller)
	})
}
