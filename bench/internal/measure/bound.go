package measure

import (
	"slices"
	"strings"
)

// A Bound is a promise about speed or size that a run can check.
type Bound struct {
	Workload, Entry, Metric string
	Against                 string  // an entry, one of the bests, or "" for an absolute bound
	Limit                   float64 // of the ratio, or of the value
}

// In place of an entry, a bound may be against the best of the entries of other
// libraries, of all of them or of one kind.
const (
	Best        = "the best of the others"
	BestResults = "the best that returns results"
	BestBare    = "the best that returns none"
)

// kinds are the kinds of which a bound is against the best.
var kinds = map[string]Kind{Best: "", BestResults: Results, BestBare: Bare}

// A Verdict is a bound with the measured figure.
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
	if kind, ok := kinds[b.Against]; ok {
		other = r.Best(metric, family(b.Entry), kind)
	}
	if !other.OK() {
		return v
	}
	v.Reference, v.Got, v.Measured = other.Name, own.Ratio(other, metric), true
	return v
}

// IsBest reports whether the bound is against whatever entry is the best.
func (b Bound) IsBest() bool {
	_, ok := kinds[b.Against]
	return ok
}

// family is the beginning of the names of all entries of a library: "millrace" of
// "millrace, cancelable".
func family(entry string) string {
	name, _, _ := strings.Cut(entry, ",")
	return name
}

// Best returns the entry with the lowest median in the metric, of those that are
// no reference, not of the library own, whose entries all begin with its name, and
// of the kind, if there is one. It is nil if there is none.
func (r *Result) Best(metric int, own string, kind Kind) *Measured {
	for _, m := range r.Ranked(metric) {
		if !m.Reference && !strings.HasPrefix(m.Name, own) && (kind == "" || m.Kind == kind) {
			return m
		}
	}
	return nil
}
