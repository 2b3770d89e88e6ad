package measure_test

import (
	"testing"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/stretchr/testify/require"
)

// entry makes an entry whose samples have one value each.
func entry(name string, values ...float64) measure.Measured {
	m := measure.Measured{Name: name}
	for _, v := range values {
		m.Samples = append(m.Samples, measure.Sample{v})
	}
	return m
}

func TestValueIsMedianWithQuartiles(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   measure.Spread
	}{
		{[]float64{7}, measure.Spread{Low: 7, Median: 7, High: 7}},
		{[]float64{3, 1}, measure.Spread{Low: 1.5, Median: 2, High: 2.5}},
		{[]float64{50, 10, 40, 20, 30}, measure.Spread{Low: 20, Median: 30, High: 40}},
		{[]float64{4, 1, 3, 2}, measure.Spread{Low: 1.75, Median: 2.5, High: 3.25}},
	} {
		m := entry("a", c.values...)
		got := m.Value(0)
		if got != c.want {
			t.Errorf("Value of %v = %v, want %v", c.values, got, c.want)
		}
	}
}

// The ratio of the medians would be 30/25; a slow round counts once, not twice.
func TestRatioIsTakenWithinRounds(t *testing.T) {
	a := entry("a", 10, 30, 200, 40, 12)
	b := entry("b", 20, 25, 100, 80, 16)
	got := a.Ratio(&b, 0) // 0.5, 1.2, 2, 0.5, 0.75
	want := measure.Spread{Low: 0.5, Median: 0.75, High: 1.2}
	if got != want {
		t.Errorf("Ratio = %v, want %v", got, want)
	}
}

func TestRankedLeavesOutFailures(t *testing.T) {
	failed := entry("failed")
	failed.Failure = measure.Deadlocks
	r := measure.Result{Entries: []measure.Measured{entry("slow", 9, 9, 9), failed, entry("fast", 1, 10, 2), entry("middle", 3, 3, 3)}}
	var names []string
	for _, m := range r.Ranked(0) {
		names = append(names, m.Name)
	}
	require.Equal(t, []string{"fast", "middle", "slow"}, names)
	require.False(t, r.Entry("failed").OK())
	require.Nil(t, r.Entry("missing"))
	require.False(t, r.Entry("missing").OK())
}
