package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/machine"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/stretchr/testify/require"
)

func samples(rows ...measure.Sample) []measure.Sample { return rows }

// fixed is a small run with one of everything: a peer that is ahead, one that is
// behind, a reference, a failure, and a workload without ratios.
func fixed() report.Run {
	return report.Run{
		Version: "0.7",
		Date:    time.Date(2031, 5, 4, 3, 2, 1, 0, time.UTC),
		Machine: machine.Machine{
			Processor: "Abacus", Cores: 3, GOMAXPROCS: 2, System: "plan9/arm", Go: "go9.9",
			Modules: []machine.Module{{Path: "example.org/peer", Version: "v1.2.3"}},
			Costs:   []machine.Cost{{Name: "bead", Unit: "ns", Value: 7.5}},
		},
		Results: []measure.Result{
			{
				Name: "group/first", Title: "First work", Unit: "task", Metrics: measure.Timed("task")[:3],
				Entries: []measure.Measured{
					{Name: "millrace", Samples: samples(measure.Sample{100, 2, 64}, measure.Sample{200, 2, 64}, measure.Sample{150, 2, 64})},
					{Name: "ahead", Note: "no results", Samples: samples(measure.Sample{50, 1, 8}, measure.Sample{100, 1, 8}, measure.Sample{75, 1, 8})},
					{Name: "behind", Samples: samples(measure.Sample{12_345, 7, 9_999}, measure.Sample{12_345, 7, 9_999}, measure.Sample{12_345, 7, 9_999})},
					{Name: "limit", Reference: true, Samples: samples(measure.Sample{1, 0, 0}, measure.Sample{1, 0, 0}, measure.Sample{1, 0, 0})},
					{Name: "stuck", Failure: measure.Deadlocks, Note: "a|b"},
				},
			},
			{
				Name: "second", Title: "Second work", NearZero: true, Metrics: []measure.Metric{{Name: "bytes", Unit: "B"}},
				Entries: []measure.Measured{
					{Name: "millrace", Samples: samples(measure.Sample{0})},
					{Name: "behind", Samples: samples(measure.Sample{-3})},
				},
			},
		},
	}
}

var bounds = []measure.Bound{
	{Workload: "group/first", Entry: "millrace", Metric: "ns", Against: "ahead", Limit: 2},
	{Workload: "group/first", Entry: "millrace", Metric: "ns", Against: measure.Best, Limit: 1.5},
	{Workload: "group/first", Entry: "millrace", Metric: "allocs", Limit: 2},
	{Workload: "group/first", Entry: "millrace", Metric: "ns", Against: "stuck", Limit: 1},
	{Workload: "left out", Entry: "millrace", Metric: "ns", Limit: 1},
}

func written(t *testing.T, run report.Run) (string, *report.Document) {
	var out bytes.Buffer
	require.NoError(t, report.Write(&out, run, bounds))
	text := out.String()
	d, err := report.Parse(&out)
	require.NoError(t, err)
	return text, d
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	_, d := written(t, fixed())
	require.Equal(t, "0.7", d.Version)
	require.False(t, d.Quick)
	require.Equal(t, map[string]string{
		"millrace": "0.7", "date": "2031-05-04", "processor": "Abacus", "cores": "3, GOMAXPROCS 2",
		"system": "plan9/arm", "Go": "go9.9", "example.org/peer": "v1.2.3",
	}, withoutHeader(d.Origin))
	require.Nil(t, d.Workload("third"))
}

func withoutHeader(origin map[string]string) map[string]string {
	delete(origin, "")
	return origin
}

func TestWorkloadTable(t *testing.T) {
	_, d := written(t, fixed())
	rows := d.Workload("group/first")
	var order []string
	for _, r := range rows {
		order = append(order, r["entry"])
	}
	require.Equal(t, []string{"limit", "ahead", "millrace", "behind", "stuck"}, order)

	ahead := rows.Find("entry", "ahead")
	require.Equal(t, "75.0", ahead["ns/task"])
	require.Equal(t, "62.5 – 87.5", ahead["quartiles"])
	require.Equal(t, "0.50", ahead["times millrace"])
	require.Equal(t, "0.50 – 0.50", ahead["its quartiles"])
	require.Equal(t, "1.00", ahead["allocs/task"])
	require.Equal(t, "no results", ahead["note"])
	require.Equal(t, "12,345", rows.Find("entry", "behind")["ns/task"])
	require.Equal(t, "reference", rows.Find("entry", "limit")["note"])
	require.Equal(t, "deadlocks", rows.Find("entry", "stuck")["ns/task"])
	require.Equal(t, "a/b", rows.Find("entry", "stuck")["note"])
	require.Equal(t, "", d.Workload("second").Find("entry", "behind")["times millrace"])
}

func TestSummaryComparesWithTheBestOfTheOthers(t *testing.T) {
	_, d := written(t, fixed())
	require.Equal(t, map[string]string{
		"workload": "[group/first](#groupfirst)", "unit": "ns/task", "millrace": "150",
		"best of the others": "ahead", "its figure": "75.0", "times millrace": "0.50", "quartiles": "0.50 – 0.50",
	}, d.Summary().Find("unit", "ns/task"))
	second := d.Summary().Find("unit", "B")
	require.Equal(t, "-3.00", second["its figure"])
	require.Equal(t, "-", second["times millrace"])
}

// A peer that returns no results is compared with, but not alone.
func TestSummaryComparesLikeWithLike(t *testing.T) {
	run := fixed()
	run.Results[0].Entries[1].Kind = measure.Bare
	run.Results[0].Entries[2].Kind = measure.Results
	_, d := written(t, run)
	bare := d.Summary().Find("best of the others", "ahead (returns no results)")
	require.Equal(t, "0.50", bare["times millrace"])
	like := d.Summary().Find("best of the others", "behind")
	require.Equal(t, "[group/first](#groupfirst)", like["workload"])
	require.Equal(t, "82.3", like["times millrace"])
}

func TestMachineTable(t *testing.T) {
	text, d := written(t, fixed())
	require.Equal(t, map[string]string{"what": "bead", "median": "7.50", "unit": "ns"}, d.Machine().Find("what", "bead"))
	require.Contains(t, text, "two cores are at work at")
}

func TestBoundsTable(t *testing.T) {
	_, d := written(t, fixed())
	rows := d.Bounds()
	require.Len(t, rows, 4, "bounds on workloads that were measured")
	for i, want := range []struct{ bound, measured, verdict string }{
		{"<= 2 times ahead", "2.00", report.Met},
		{"<= 1.5 times the best of the others, ahead", "2.00", report.NotMet},
		{"<= 2 allocs/task", "2.00", report.Met},
		{"<= 1 times stuck", "-", report.NotMeasured},
	} {
		require.Equal(t, "millrace", rows[i]["entry"])
		require.Equal(t, want.bound, rows[i]["bound"])
		require.Equal(t, want.measured, rows[i]["measured"])
		require.Equal(t, want.verdict, rows[i]["verdict"])
	}
}

// A terminal shows the same text: its columns must line up.
func TestTablesLineUp(t *testing.T) {
	text, _ := written(t, fixed())
	width, tables := 0, 0
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			width = 0
			continue
		}
		if width == 0 {
			tables++
			width = len([]rune(line))
		}
		require.Len(t, []rune(line), width, line)
	}
	require.Equal(t, 6, tables)
}

func TestQuickRunSaysSo(t *testing.T) {
	run := fixed()
	run.Quick = true
	text, d := written(t, run)
	require.True(t, d.Quick)
	require.NotContains(t, text, "results.svg", "plots it does not make")
}

func TestWritePairs(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, report.WritePairs(&out, []measure.Result{
		{Name: "w", Title: "millrace", Metrics: measure.Timed("task"), Entries: []measure.Measured{
			{Name: report.This, Samples: samples(measure.Sample{100, 1, 1}, measure.Sample{50, 1, 1}, measure.Sample{60, 1, 1})},
			{Name: report.Other, Samples: samples(measure.Sample{200, 1, 1}, measure.Sample{50, 1, 1}, measure.Sample{75, 1, 1})},
		}},
		{Name: "x", Title: "millrace", Metrics: measure.Timed("task"), Entries: []measure.Measured{
			{Name: report.This, Samples: samples(measure.Sample{1, 1, 1})}, {Name: report.Other, Failure: measure.Deadlocks},
		}},
	}))
	require.Contains(t, out.String(), "| w        | millrace | ns/task | 60.0 |      75.0 |            0.80 | 0.65 – 0.90 |\n")
	require.Contains(t, out.String(), "| x        | millrace | ns/task |      | deadlocks |               - | -           |\n")
}

func TestParseRejects(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":        "",
		"no version":     "# Results\n\n| | made by |\n|---|---|\n| Go | go1.26 |\n",
		"a missing cell": "| | made by |\n|---|---|\n| millrace | 0.1 |\n\n## x\n\n| a | b |\n|---|---|\n| 1 |\n",
	} {
		_, err := report.Parse(strings.NewReader(text))
		require.Error(t, err, name)
	}
}

func TestStoredRunsCanBeLoaded(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, fixed().Store(&out))
	got, err := report.Load(&out)
	require.NoError(t, err)
	require.Equal(t, fixed(), got)
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0004: "0", 0.0123: "0.012", 0.0996: "0.10", 1: "1.00", 9.994: "9.99", 9.996: "10.0", 42.04: "42.0",
		99.96: "100", 1234.5: "1,234", 1e6: "1,000,000", 123_456_789: "123,456,789", -1234: "-1,234", -0.25: "-0.25",
	} {
		got := report.Figure(v)
		if got != want {
			t.Errorf("Figure(%v) = %s, want %s", v, got, want)
		}
		back, err := report.Number(got)
		require.NoError(t, err)
		require.InDelta(t, v, back, 0.005*math.Abs(v)+0.0005)
	}
	require.Equal(t, "-", report.Figure(math.NaN()))
	require.Equal(t, "-", report.Figure(math.Inf(1)))
}

func TestOlder(t *testing.T) {
	for _, c := range []struct {
		version, than string
		want          bool
	}{
		{"0.1", "0.1", false}, {"0.1.5", "0.1", false}, {"0.2", "0.1", false}, {"1.0", "0.9", false},
		{"0.1", "0.2", true}, {"0.9", "0.10", true}, {"0.9", "1.0", true}, {"", "0.1", true}, {"x", "0.1", true},
	} {
		if got := report.Older(c.version, c.than); got != c.want {
			t.Errorf("Older(%q, %q) = %v, want %v", c.version, c.than, got, c.want)
		}
	}
}
