package report_test

import (
	"slices"
	"testing"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/stretchr/testify/require"
)

const readme = "# Name\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nThe rest.\n"

func TestReadmeReplacesItsPartOnly(t *testing.T) {
	run := fixed()
	run.Results[0].Name = "submit/noop/8" // one that it shows
	got, err := report.Readme([]byte(readme), run, "bench/results/abacus")
	require.NoError(t, err)
	text := string(got)
	require.Regexp(t, `(?s)^# Name\n\n<!-- bench:begin -->\n.*\n<!-- bench:end -->\n\nThe rest\.\n$`, text)
	require.NotContains(t, text, "old")
	for _, want := range []string{"First work", "ahead", "75.0", "(bench/results/abacus/results.svg)", "(bench/results/abacus/RESULTS.md)", "Abacus", "go9.9", "2031-05-04", "millrace 0.7"} {
		require.Contains(t, text, want)
	}
	require.Contains(t, text, "medians of 3 rounds of `go -C bench run .`")
	require.NotContains(t, text, "Second work")
	require.NotContains(t, text, "return results", "entries of no kind")

	run.Results[0].Entries[1].Kind = measure.Bare
	run.Results[0].Entries[2].Kind = measure.Results
	run.Results[0].Entries = append(run.Results[0].Entries, measure.Measured{
		Name: "millrace, cancelable", Samples: run.Results[0].Entries[0].Samples,
	})
	alike, err := report.Readme([]byte(readme), run, "bench/results/abacus")
	require.NoError(t, err)
	require.Regexp(t, `\| First work +\| ns/task \| +150 \| ahead \(returns no results\) \|`, string(alike))
	require.Regexp(t, `\| … of those that return results \| ns/task \| +150 \| behind +\|`, string(alike))
	require.Regexp(t, `\| First work, cancelable +\|`, string(alike))

	run = fixed()
	run.Results[0].Name = "submit/noop/8"
	again, err := report.Readme(got, run, "bench/results/abacus")
	require.NoError(t, err)
	require.Equal(t, text, string(again), "made anew from the same run")
}

// The sentence above the table says how many rounds there were.
func TestReadmeSaysHowManyRounds(t *testing.T) {
	for _, c := range []struct {
		first, second int
		want          string
	}{
		{1, 1, "medians of one round of"},
		{2, 2, "medians of 2 rounds of"},
		{11, 5, "medians of 5 to 11 rounds of"},
		{5, 11, "medians of 5 to 11 rounds of"},
	} {
		run := fixed()
		run.Results[0].Name, run.Results[1].Name = "submit/noop/8", "cancel"
		for i, n := range []int{c.first, c.second} {
			entries := run.Results[i].Entries
			for e := range entries {
				if entries[e].Failure == "" {
					entries[e].Samples = slices.Repeat(entries[e].Samples[:1], n)
				}
			}
		}
		got, err := report.Readme([]byte(readme), run, "bench/results/abacus")
		require.NoError(t, err)
		require.Contains(t, string(got), c.want)
	}
}

func TestReadmeWantsOnePart(t *testing.T) {
	for name, text := range map[string]string{
		"none":  "# Name\n",
		"open":  "<!-- bench:begin -->\n",
		"twice": readme + readme,
	} {
		got, err := report.Readme([]byte(text), fixed(), "")
		require.Error(t, err, name)
		require.Nil(t, got, name)
	}
}
