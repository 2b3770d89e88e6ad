package observe

import (
	"fmt"
	"math"
	"strings"
)

// A bar shows a part of a whole.
type bar struct {
	Label string  // for screen readers
	Width float64 // of 100
	Full  bool
}

// newBar returns a bar of used of limit; there is none if there is no limit.
func newBar(what string, used, limit any) *bar {
	u, l := number(used), number(limit)
	if l <= 0 {
		return nil
	}
	share := math.Round(1000*min(1, max(0, u/l))) / 10
	return &bar{fmt.Sprintf("%s: %v of %v", what, used, limit), share, u >= l}
}

// number converts the integers of the views.
func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	}
	return 0
}

// A tally is a figure of a pool.
type tally struct {
	Name, Value string
	Class       string // how it looks
}

// newTally returns a tally; alarm says that it should be zero.
func newTally(name string, v any, alarm bool) tally {
	t := tally{Name: name, Value: whole(v)}
	switch {
	case number(v) == 0:
		t.Class = "zero"
	case alarm:
		t.Class = "alarm"
	}
	return t
}

// A chart shows the last minutes of a figure, as a line in a box of chartWidth by
// chartHeight.
type chart struct {
	Name, Now, Top string // the last value, and the highest
	Line, Area     string // points of the line, and of what is below it
	Alarm          bool   // it should be zero, and is not
}

const (
	chartWidth  = 240
	chartHeight = 40
)

func charts(h *historyView) []chart {
	if h == nil {
		return nil
	}
	waits := make([]float64, len(h.Wait))
	for i, w := range h.Wait {
		waits[i] = float64(w)
	}
	wait := func(f float64) string { return duration(seconds(f)) }
	failed := newChart("failed/s", h.Failed, rate)
	failed.Alarm = failed.Top != rate(0)
	all := []chart{newChart("ended/s", h.Ended, rate), failed, newChart("mean wait", waits, wait)}
	if away := newChart("turned away/s", h.TurnedAway, rate); away.Top != rate(0) {
		away.Alarm = true
		all = append(all, away)
	}
	return all
}

func newChart(name string, values []float64, text func(float64) string) chart {
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	var points []string
	for i, v := range values {
		x := float64(i) / float64(max(1, len(values)-1)) * chartWidth
		y := chartHeight - v/max(top, math.SmallestNonzeroFloat64)*(chartHeight-2)
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
	}
	c := chart{Name: name, Top: text(top), Line: strings.Join(points, " ")}
	if n := len(values); n > 0 {
		c.Now = text(values[n-1])
	}
	c.Area = fmt.Sprintf("0,%d %s %d,%d", chartHeight, c.Line, chartWidth, chartHeight)
	return c
}
