package sched_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A pool keeps so many waits for reuse and no more, each without a task and with an empty
// channel; a pool that is closed keeps none.
func TestSpareWaits(t *testing.T) {
	const n = 3 * sched.MaxSpare
	with(t, options.Pool{Workers: n + 2}, func(t *testing.T, p *sched.Pool) {
		gate := make(chan struct{})
		inside, outside := plain(func(context.Context) { <-gate }), plain(func(context.Context) { <-gate })
		submit(p, inside, outside)
		var waits []*job
		for range n {
			parent := plain(func(ctx context.Context) { _ = sched.Await(ctx, &inside.Task) })
			submit(p, parent)
			waits = append(waits, parent)
			go func() { _ = sched.Await(bg, &outside.Task) }()
		}
		synctest.Wait()
		close(gate)
		await(t, waits...)
		synctest.Wait()
		kept, dirty := sched.SpareWaits(p)
		if kept == 0 || kept > sched.MaxSpare || dirty != 0 {
			t.Errorf("%d waits are kept, %d of them with a task or a signal, want at most %d and none", kept, dirty, sched.MaxSpare)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if kept, _ := sched.SpareWaits(p); kept != 0 {
			t.Errorf("a closed pool keeps %d waits", kept)
		}
	})
}
