package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
	"github.com/stretchr/testify/require"
)

const makeAnew = "make it anew: go -C bench run . -readme ../README.md"

func results(t *testing.T, name string) *report.Document {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err, makeAnew)
	defer file.Close()
	d, err := report.Parse(file)
	require.NoError(t, err, "%s; %s", name, makeAnew)
	return d
}

// There are results of each kind of processor that somebody had, of whatever
// version was the newest then.
func TestResultsSayWhatTheyAreOf(t *testing.T) {
	files, err := filepath.Glob("results/*/RESULTS.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		d := results(t, file)
		require.False(t, d.Quick, file)
		for _, line := range []string{"millrace", "date", "processor", "cores", "system", "Go"} {
			require.NotEmpty(t, d.Origin[line], "%s in %s", line, file)
		}
		for _, module := range work.Modules {
			require.NotEmpty(t, d.Origin[module], "%s in %s", module, file)
		}
		for _, picture := range []string{"results.svg", "results.png", "bounds.svg", "bounds.png"} {
			require.FileExists(t, filepath.Join(filepath.Dir(file), picture))
		}
	}
}

// readmesResults reads the results that the README shows.
func readmesResults(t *testing.T) *report.Document {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	link := regexp.MustCompile(`\]\(bench/(results/[^/)]+/RESULTS\.md)\)`).FindSubmatch(readme)
	require.NotNil(t, link, "a link to results in the README; %s", makeAnew)
	return results(t, path.Clean(string(link[1])))
}

func TestReadmesResultsAreOfThisRelease(t *testing.T) {
	if released(t) == "" {
		t.Skip("figures are made anew for a release, and there is none yet")
	}
	d := readmesResults(t)
	require.False(t, report.Older(d.Version, version), "the README's results are of millrace %s, this is %s; %s", d.Version, version, makeAnew)
	requireEntries(t, d, work.All(work.Full))
	require.NotEmpty(t, d.Machine(), makeAnew)
	require.Len(t, d.Bounds(), len(work.Bounds), "bounds; %s", makeAnew)
	for _, row := range d.Bounds() {
		require.Contains(t, []string{report.Met, report.NotMet}, row["verdict"], "%v", row)
	}
}

// released returns the newest minor version in the changelog, "" if there is none.
func released(t *testing.T) string {
	t.Helper()
	changelog, err := os.ReadFile("../CHANGELOG.md")
	require.NoError(t, err)
	release := regexp.MustCompile(`(?m)^## \[(\d+\.\d+)\.`).FindSubmatch(changelog)
	if release == nil {
		return ""
	}
	return string(release[1])
}

// The newest release in the changelog and this module are of one minor version.
func TestVersionIsTheChangelogs(t *testing.T) {
	release := released(t)
	if release == "" {
		t.Skip("no release yet")
	}
	require.Equal(t, release, version)
}
