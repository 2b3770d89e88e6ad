package measure

import (
	"slices"
	"strings"
)

// A Bound is a promise about speed or size that a run can check.
type Bound struct {
	Workload, Entry, Metric string
	Against                 string  // an entry, Best, or "" for an absolute bound
	Limit                   float64 // of the ratio, or of the value
}

// Best, as what a bound is against, is the best of the entries of other libraries.
const Best = "the best of the others"

// A Verdict is a bound with what was measured.
type Verdict struct {
	Bound
	Unit      string
	Reference string // the entry compared with
	Got       Spread
	Measured  bool
}

// Met reports whether the median is within the bound.
func (v Verdict) Met() bool { return v.Measured && v.Got.Median <= v.Limit }

// Check judges the bound by the results.
func (b Bound) Check(results []Result) Verdict {
	v := Verdict{Bound: b, Reference: b.Against}
	i := slices.IndexFunc(results, func(r Result) bool { return r.Name == b.Workload })
	if i < 0 {
		return v
	}
	r := &results[i]
	metric, own := r.Metric(b.Metric), r.Entry(b.Entry)
	if metric < 0 || !own.OK() {
		return v
	}
	v.Unit = r.Metrics[metric].Unit
	if b.Against == "" {
		v.Got, v.Measured = own.Value(metric), true
		return v
	}
	other := r.Entry(b.Against)
	if b.Against == Best {
		other = r.Best(metric, b.Entry)
	}
	if !other.OK() {
		return v
	}
	v.Reference, v.Got, v.Measured = other.Name, own.Ratio(other, metric), true
	return v
}

// Best returns the entry with the lowest median in the metric, of those that are
// no reference and not of the library own, whose entries all begin with its name.
// It is nil if there is none.
func (r *Result) Best(metric int, own string) *Measured {
	for _, m := range r.Ranked(metric) {
		if !m.Reference && !strings.HasPrefix(m.Name, own) {
			return m
		}
	}
	return nil
}
