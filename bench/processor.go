package main

import (
	"slices"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/work"
)

// bounds returns the bounds to judge. With -cpu a ratio of times is one of processor
// times, which hardly depends on the other programs of a machine.
func (o options) bounds() []measure.Bound {
	bounds := slices.Clone(work.Bounds)
	for i, b := range bounds {
		if o.cpu && b.Metric == "ns" && b.Against != "" {
			bounds[i].Metric = "cpu"
		}
	}
	return bounds
}

// ranked exchanges time and processor time in timed results, if -cpu asks for it: the
// first metric is the one that ranks.
func (o options) ranked(results []measure.Result) {
	for _, r := range results {
		at := r.Metric("cpu")
		if !o.cpu || at < 0 {
			continue
		}
		r.Metrics[0], r.Metrics[at] = r.Metrics[at], r.Metrics[0]
		for _, m := range r.Entries {
			for _, s := range m.Samples {
				s[0], s[at] = s[at], s[0]
			}
		}
	}
}
