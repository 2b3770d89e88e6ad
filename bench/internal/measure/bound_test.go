package measure_test

import (
	"testing"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/stretchr/testify/require"
)

var bounded = measure.Result{
	Name:    "work",
	Metrics: []measure.Metric{{Name: "ns", Unit: "ns/task"}},
	Entries: []measure.Measured{
		entry("own", 10, 20, 30),
		entry("own, otherwise", 1, 1, 1),
		entry("peer", 20, 20, 20),
		ofKind(measure.Results, entry("returns", 50, 50, 50)),
		ofKind(measure.Bare, entry("bare", 40, 40, 40)),
		{Name: "limit", Reference: true, Samples: []measure.Sample{{2}, {2}, {2}}},
		entry("slow peer", 100, 100, 100),
		{Name: "stuck", Failure: measure.Deadlocks},
	},
}

func ofKind(kind measure.Kind, m measure.Measured) measure.Measured {
	m.Kind = kind
	return m
}

func TestBoundIsJudgedByTheMedian(t *testing.T) {
	for _, c := range []struct {
		name    string
		against string
		limit   float64
		met     bool
		median  float64
	}{
		{"value at its limit", "", 20, true, 20},
		{"value above", "", 19.9, false, 20},
		{"ratio", "slow peer", 0.2, true, 0.2},
		{"ratio above", "slow peer", 0.19, false, 0.2},
		{"best is neither own nor a reference", measure.Best, 1, true, 1},
		{"reference by name", "limit", 9, false, 10},
	} {
		b := measure.Bound{Workload: "work", Entry: "own", Metric: "ns", Against: c.against, Limit: c.limit}
		v := b.Check([]measure.Result{bounded})
		require.True(t, v.Measured, c.name)
		require.Equal(t, c.met, v.Met(), c.name)
		require.InDelta(t, c.median, v.Got.Median, 1e-12, c.name)
	}
}

func TestBoundNamesTheBestOfTheOthers(t *testing.T) {
	for against, want := range map[string]string{
		measure.Best: "peer", measure.BestResults: "returns", measure.BestBare: "bare", "slow peer": "slow peer",
	} {
		for _, own := range []string{"own", "own, otherwise"} {
			b := measure.Bound{Workload: "work", Entry: own, Metric: "ns", Against: against, Limit: 1}
			require.Equal(t, want, b.Check([]measure.Result{bounded}).Reference, "%s against %s", own, against)
			require.Equal(t, against != "slow peer", b.IsBest())
		}
	}
}

func TestBoundThatCannotBeJudgedIsNotMet(t *testing.T) {
	for name, b := range map[string]measure.Bound{
		"no such workload":   {Workload: "other", Entry: "own", Metric: "ns", Limit: 1e9},
		"no such metric":     {Workload: "work", Entry: "own", Metric: "bytes", Limit: 1e9},
		"no such entry":      {Workload: "work", Entry: "missing", Metric: "ns", Limit: 1e9},
		"own entry failed":   {Workload: "work", Entry: "stuck", Metric: "ns", Limit: 1e9},
		"other entry failed": {Workload: "work", Entry: "own", Metric: "ns", Against: "stuck", Limit: 1e9},
	} {
		v := b.Check([]measure.Result{bounded})
		require.False(t, v.Measured, name)
		require.False(t, v.Met(), name)
	}
}
