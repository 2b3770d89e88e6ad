package chart_test

import (
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/bench/internal/chart"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/stretchr/testify/require"
)

func result(workload string, entries ...measure.Measured) measure.Result {
	return measure.Result{Name: workload, Metrics: []measure.Metric{{Name: "ns", Unit: "ns/task"}}, Entries: entries}
}

func entry(name string, values ...float64) measure.Measured {
	m := measure.Measured{Name: name}
	for _, v := range values {
		m.Samples = append(m.Samples, measure.Sample{v})
	}
	return m
}

var run = report.Run{Results: []measure.Result{
	result("submit/noop/8", entry("millrace", 90, 110, 100), entry("slow peer", 4_300, 4_300, 4_300)),
	result("nested/fib", entry("millrace", 7), measure.Measured{Name: "stuck peer", Failure: measure.Deadlocks}),
	result("not in the picture", entry("millrace", 1), entry("unseen peer", 2)),
}}

var bounds = []measure.Bound{
	{Workload: "submit/noop/8", Entry: "millrace", Metric: "ns", Against: "slow peer", Limit: 0.5},
	{Workload: "submit/noop/8", Entry: "millrace", Metric: "ns", Limit: 0.001},
	{Workload: "nested/fib", Entry: "millrace", Metric: "ns", Against: "stuck peer", Limit: 3},
}

func TestWriteMakesPicturesOfBothKinds(t *testing.T) {
	dir := t.TempDir()
	files, err := chart.Write(dir, run, bounds)
	require.NoError(t, err)
	var want []string
	for _, name := range []string{"results.svg", "results.png", "bounds.svg", "bounds.png"} {
		want = append(want, filepath.Join(dir, name))
	}
	require.ElementsMatch(t, want, files)
	for _, file := range files {
		if filepath.Ext(file) == ".png" {
			requirePicture(t, file)
		}
	}
}

func requirePicture(t *testing.T, name string) {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	image, err := png.Decode(file)
	require.NoError(t, err)
	require.GreaterOrEqual(t, image.Bounds().Dx(), 1_200, "width of %s in pixels", name)
}

func TestPicturesSayWhatWasMeasured(t *testing.T) {
	dir := t.TempDir()
	_, err := chart.Write(dir, run, bounds)
	require.NoError(t, err)
	results := texts(t, filepath.Join(dir, "results.svg"))
	require.Subset(t, results, []string{"millrace", "100", "slow peer", "4,300", "7.00", "stuck peer", "deadlocks"})
	require.NotContains(t, results, "unseen peer")
	shares := texts(t, filepath.Join(dir, "bounds.svg"))
	require.Subset(t, shares, []string{
		"submit/noop/8 <= 0.5 times slow peer", "0.023",
		"submit/noop/8 <= 0.001 ns/task", "100",
	})
	require.NotContains(t, strings.Join(shares, "\n"), "stuck peer", "a bound that was not measured")
}

// texts returns what is written in an SVG file, which must be well-formed.
func texts(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	var all []string
	for decoder := xml.NewDecoder(file); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		if text, ok := token.(xml.CharData); ok {
			all = append(all, string(text))
		}
	}
}

func TestWriteOfNothing(t *testing.T) {
	files, err := chart.Write(t.TempDir(), report.Run{}, bounds)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestWriteReportsWhereItCannot(t *testing.T) {
	_, err := chart.Write(filepath.Join(t.TempDir(), "missing"), run, bounds)
	require.ErrorIs(t, err, os.ErrNotExist)
}
