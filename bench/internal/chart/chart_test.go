package chart_test

import (
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	require.Subset(t, results, []string{"millrace", "100", "slow peer", "4,300 (43.0)", "7.00", "stuck peer", "deadlocks"})
	require.Contains(t, strings.Join(results, ""), "ns/task, lower is better; in brackets: times millrace")
	require.NotContains(t, results, "unseen peer")
	shares := texts(t, filepath.Join(dir, "bounds.svg"))
	require.Subset(t, shares, []string{
		"submit/noop/8 <= 0.5 times slow peer", "0.023 times",
		"submit/noop/8 <= 0.001 ns/task", "100 ns/task",
	})
	require.Contains(t, strings.Join(shares, ""), "Lower is better")
	require.NotContains(t, strings.Join(shares, "\n"), "stuck peer", "a bound that was not measured")
}

// A reader may have none of the fonts. So no text depends on its width, and there is
// room beside a name for a font that is a quarter wider.
func TestTextsNeedNoFont(t *testing.T) {
	dir := t.TempDir()
	_, err := chart.Write(dir, run, bounds)
	require.NoError(t, err)
	for _, name := range []string{"results.svg", "bounds.svg"} {
		file, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NotContains(t, string(file), "text-anchor")
		require.Contains(t, string(file), ",sans-serif;", "a font that everybody has")
	}
	left := map[string]float64{}
	for _, e := range slices.Backward(elements(t, filepath.Join(dir, "results.svg"))) {
		left[e.text] = e.x // of the first one
	}
	const widthOfName = 36.5 // of "slow peer" in Liberation Sans at this size
	require.Greater(t, left["4,300 (43.0)"]-left["slow peer"], 1.25*widthOfName)
	require.Equal(t, left["millrace"], left["slow peer"], "names begin at one place")
}

// A figure beyond the scale is a triangle at its end, and no dot.
func TestBoundsMarkWhatIsBeyondTheScale(t *testing.T) {
	dots := func(limit float64) (circles, triangles int) {
		dir := t.TempDir()
		_, err := chart.Write(dir, run, []measure.Bound{{Workload: "nested/fib", Entry: "millrace", Metric: "ns", Limit: limit}})
		require.NoError(t, err)
		file, err := os.ReadFile(filepath.Join(dir, "bounds.svg"))
		require.NoError(t, err)
		triangle := regexp.MustCompile(`d="M[-\d.,]+L[-\d.,]+L[-\d.,]+Z"`)
		return strings.Count(string(file), "A3.5,3.5"), len(triangle.FindAll(file, -1))
	}
	circles, triangles := dots(7)
	require.Positive(t, circles)
	require.Zero(t, triangles)
	for _, limit := range []float64{0.001, 7_000} {
		circles, triangles = dots(limit)
		require.Zero(t, circles, "limit %v", limit)
		require.Positive(t, triangles, "limit %v", limit)
	}
}

// An element is a text of an SVG file, and where it begins.
type element struct {
	x    float64
	text string
}

// elements returns the texts of an SVG file, which must be well-formed.
func elements(t *testing.T, name string) []element {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	var all []element
	for decoder := xml.NewDecoder(file); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "text" {
			var content struct {
				X    float64 `xml:"x,attr"`
				Text string  `xml:",chardata"`
			}
			require.NoError(t, decoder.DecodeElement(&content, &start))
			all = append(all, element{content.X, content.Text})
		}
	}
}

func texts(t *testing.T, name string) []string {
	t.Helper()
	var all []string
	for _, e := range elements(t, name) {
		all = append(all, e.text)
	}
	return all
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
