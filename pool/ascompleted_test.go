package pool_test

import (
	stdmaps "maps" // maps are those of package pool, in these tests
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// AsCompleted yields the future of a task once, however often and in whichever order it is given,
// also beside futures of other pools and promises.
func TestAsCompletedYieldsTasksOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(two), pool.New(two)
		a, b, other := pool.Submit(bg, p, nop), pool.Submit(bg, p, nop), pool.Submit(bg, q, nop)
		resolved := future.Resolved(1)
		for _, fs := range [][]*intFuture{
			{a, b}, {a, a, b}, {a, b, b}, {a, b, a}, {b, a, b}, {b, b, a, a},
			{a, other, b}, {other, a, other, b}, {a, other, a}, {a, resolved, b, resolved, a},
		} {
			times, want := map[*intFuture]int{}, map[*intFuture]int{}
			for _, f := range fs {
				want[f] = 1
			}
			for f := range future.AsCompleted(bg, fs...) {
				times[f]++
			}
			if !stdmaps.Equal(times, want) {
				t.Errorf("AsCompleted(%v) yields %v, want each once", fs, times)
			}
		}
		p.Close()
		q.Close()
	})
}
