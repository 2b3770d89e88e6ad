package figures_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/pool"
)

// Counters never go back while pools of their name come, are busy, and go.
func TestCountersNeverGoBack(t *testing.T) {
	var p figures.Pools
	p.Add(pool.New(millrace.WithName("web")))
	var over atomic.Bool
	var watchers sync.WaitGroup
	for range 2 {
		watchers.Go(func() {
			last := uint64(0)
			for !over.Load() {
				now := p.Stats()[0].Submitted
				if now < last {
					t.Errorf("%d tasks were submitted, and then %d", last, now)
					return
				}
				last = now
			}
		})
	}
	for range 60 {
		busy := pool.New(millrace.WithName("web"), millrace.WithWorkers(1))
		remove := p.Add(busy)
		var submits sync.WaitGroup
		submits.Go(func() {
			for range 100 {
				pool.Go(t.Context(), busy, func(context.Context) error { return nil })
			}
		})
		remove()
		submits.Wait()
		_ = busy.Close()
	}
	over.Store(true)
	watchers.Wait()
}
