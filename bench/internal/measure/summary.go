package measure

import (
	"cmp"
	"slices"

	"golang.org/x/exp/stats"
)

// A Spread is a median with its quartiles.
type Spread struct{ Low, Median, High float64 }

func spread(values []float64) Spread {
	q := stats.Quantiles(values, 0.25, 0.5, 0.75)
	return Spread{q[0], q[1], q[2]}
}

// Entry returns the entry of that name, nil if there is none.
func (r *Result) Entry(name string) *Measured {
	i := slices.IndexFunc(r.Entries, func(m Measured) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Entries[i]
}

// Metric returns the index of the metric of that name, -1 if there is none.
func (r *Result) Metric(name string) int {
	return slices.IndexFunc(r.Metrics, func(m Metric) bool { return m.Name == name })
}

// Rounds returns how many rounds the figures of r are of.
func (r *Result) Rounds() (n int) {
	for _, m := range r.Entries {
		n = max(n, len(m.Samples))
	}
	return n
}

// OK reports whether the entry was measured.
func (m *Measured) OK() bool { return m != nil && m.Failure == "" && len(m.Samples) > 0 }

// Value returns the entry's spread in one metric over the rounds.
func (m *Measured) Value(metric int) Spread {
	values := make([]float64, len(m.Samples))
	for i, s := range m.Samples {
		values[i] = s[metric]
	}
	return spread(values)
}

// Ratio returns how many times other's value m's is: the spread over the rounds of
// the ratio within each round, which a slow spell of the machine leaves alone, as
// it does not the ratio of two medians.
func (m *Measured) Ratio(other *Measured, metric int) Spread {
	ratios := make([]float64, min(len(m.Samples), len(other.Samples)))
	for i := range ratios {
		ratios[i] = m.Samples[i][metric] / other.Samples[i][metric]
	}
	return spread(ratios)
}

// Ranked returns the measured entries by the median of one metric, lowest first.
func (r *Result) Ranked(metric int) []*Measured {
	var ok []*Measured
	for i := range r.Entries {
		if m := &r.Entries[i]; m.OK() {
			ok = append(ok, m)
		}
	}
	slices.SortStableFunc(ok, func(a, b *Measured) int {
		return cmp.Compare(a.Value(metric).Median, b.Value(metric).Median)
	})
	return ok
}
