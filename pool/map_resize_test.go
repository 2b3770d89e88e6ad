package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A map keeps the concurrency that it began with when the pool grows, and has fewer
// workers when the pool shrinks.
func TestMapKeepsItsConcurrency(t *testing.T) {
	for _, test := range []struct {
		before, after int
		opts          []millrace.MapOption
		want          time.Duration // for 12 items of a second, the first of which resizes
	}{
		{2, 6, nil, 6 * time.Second},
		{2, 6, []millrace.MapOption{millrace.WithConcurrency(6)}, 2 * time.Second},
		{6, 2, nil, 6 * time.Second},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(test.before))
			defer p.Close()
			var running gauge
			begin := time.Now()
			_, err := pool.MapSlice(bg, p, make([]int, 12), func(_ context.Context, _ int) (int, error) {
				running.add(1)
				defer running.add(-1)
				p.Resize(test.after)
				time.Sleep(time.Second)
				return 0, nil
			}, test.opts...)
			if took := time.Since(begin); err != nil || took != test.want {
				t.Errorf("from %d workers to %d: %v, takes %v with %d at once, want %v", test.before, test.after, err, took, running.peak.Load(), test.want)
			}
		})
	}
}
