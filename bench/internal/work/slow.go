package work

import (
	"fmt"
	"iter"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"golang.org/x/exp/stats"
)

const slowPeriod = 2 * time.Millisecond

// slow maps a source that has an item now and then, and measures the time from the
// source to the delivery. A library that waits for a batch to fill, or asks the source
// for the next item before it delivers, takes a period or more.
func slow(s Scale) []measure.Workload {
	w := measure.Workload{
		Name:    "slow",
		Title:   "Delay of an item through a map, from a source with one every 2 ms",
		Unit:    "item",
		Metrics: []measure.Metric{{Name: "p99", Unit: "µs, p99"}, {Name: "p50", Unit: "µs, p50"}},
	}
	for _, q := range sequencers {
		switch q.name {
		case Sequential, HandCut, "millrace, unordered":
			continue
		}
		w.Entries = append(w.Entries, measure.Entry{Name: q.name, Note: q.note, Open: func() measure.Bench {
			each, close := q.open(cores(), noop)
			return measure.Bench{Close: close, Self: func() []float64 { return delays(s.Slow, each) }}
		}})
	}
	return []measure.Workload{w}
}

func delays(n int, each func(in iter.Seq[int], yield func(int))) []float64 {
	given := make([]time.Time, n)
	delays := make([]float64, 0, n)
	source := func(yield func(int) bool) {
		for i := range n {
			time.Sleep(slowPeriod)
			given[i] = time.Now()
			if !yield(i) {
				return
			}
		}
	}
	each(source, func(i int) { delays = append(delays, inMicroseconds(time.Since(given[i]))) })
	if len(delays) != n {
		panic(fmt.Sprintf("bench: got %d items, want %d", len(delays), n))
	}
	return stats.Quantiles(delays, 0.99, 0.5)
}
