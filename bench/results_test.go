package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
	"github.com/stretchr/testify/require"
)

const makeAnew = "make it anew: go -C bench run . -readme ../README.md"

func results(t *testing.T) *report.Document {
	t.Helper()
	file, err := os.Open("RESULTS.md")
	require.NoError(t, err, makeAnew)
	defer file.Close()
	d, err := report.Parse(file)
	require.NoError(t, err, makeAnew)
	return d
}

func TestResultsAreOfThisVersion(t *testing.T) {
	d := results(t)
	require.False(t, report.Older(d.Version, version),
		"RESULTS.md is of millrace %s, this is %s; %s", d.Version, version, makeAnew)
	for _, line := range []string{"date", "processor", "cores", "system", "Go"} {
		require.NotEmpty(t, d.Origin[line], line)
	}
}

func TestResultsAreComplete(t *testing.T) {
	d := results(t)
	require.False(t, d.Quick, makeAnew)
	requireEntries(t, d, work.All(work.Full))
	require.Len(t, d.Bounds(), len(work.Bounds), "bounds; %s", makeAnew)
	for _, row := range d.Bounds() {
		require.Contains(t, []string{report.Met, report.NotMet}, row["verdict"], "%v", row)
	}
	for _, module := range work.Modules {
		require.NotEmpty(t, d.Origin[module], module)
	}
}

// The newest release in the changelog and this module are of one minor version.
func TestVersionIsTheChangelogs(t *testing.T) {
	changelog, err := os.ReadFile("../CHANGELOG.md")
	require.NoError(t, err)
	release := regexp.MustCompile(`(?m)^## \[(\d+\.\d+)\.`).FindSubmatch(changelog)
	if release == nil {
		t.Skip("no release yet")
	}
	require.Equal(t, string(release[1]), version)
}
