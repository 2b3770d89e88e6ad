package parallel_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// When cheap items turn slow, a runner that has claimed many of them gives its slot to others
// after a few.
func TestFairAfterCheapItems(t *testing.T) {
	const cheap, slow = 20_000, 1000
	for name, run := range all {
		inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
			start := time.Now()
			took := make(chan time.Duration, 1)
			go func() {
				time.Sleep(10 * ms)
				collect(parallel.Seq(bg, p, upTo(1), double, newConfig()))
				took <- time.Since(start) - 10*ms
			}()
			err := run(bg, p, cheap+slow, func(_ context.Context, v int) (int, error) {
				if v >= cheap {
					time.Sleep(ms)
				}
				return v, nil
			}, newConfig())
			if waited := <-took; waited > 20*ms || err != nil {
				t.Errorf("%s: another loop of one item waits for %v (%v), want a few ms", name, waited, err)
			}
		})
	}
}
