package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panels are the workloads in the picture of the results, in rows of two.
var panels = []struct{ workload, title string }{
	{"submit/noop/8", "Submit and await 1,000 empty tasks, 8 workers"},
	{"producers/16", "6,400 empty tasks from 16 producers, 8 workers"},
	{"nested/fib", "fib(24) by fork and join on one shared pool"},
	{"map/1us", "Map over a sequence, 1 µs an item"},
	{"tail", "Latency from submit to result at half load"},
	{"pending", "Memory of a pending task"},
}

const (
	panelWidth = 5 * vg.Inch
	rowHeight  = 15 * vg.Length(1)
)

// resultsPicture has a panel of bars for each of panels that was measured.
func resultsPicture(results []measure.Result) picture {
	var shown []panel
	for _, p := range panels {
		i := slices.IndexFunc(results, func(r measure.Result) bool { return r.Name == p.workload })
		if i >= 0 {
			unit := results[i].Metrics[0].Unit + ", lower is better; in brackets: times millrace"
			shown = append(shown, panel{p.title, unit, newBars(&results[i])})
		}
	}
	if shown == nil {
		return picture{}
	}
	rows := slices.Collect(slices.Chunk(shown, 2))
	total := vg.Length(0)
	for _, row := range rows {
		total += height(row)
	}
	return picture{2 * panelWidth, total, func(c draw.Canvas) {
		for _, row := range rows {
			drawRow(c, row)
			c.Max.Y -= height(row)
		}
	}}
}

func height(row []panel) vg.Length {
	most := vg.Length(0)
	for _, p := range row {
		most = max(most, p.height())
	}
	return most
}

// drawRow draws panels side by side.
func drawRow(c draw.Canvas, row []panel) {
	width := (c.Max.X - c.Min.X) / 2
	for i, p := range row {
		area := c
		area.Min.X += vg.Length(i) * width
		area.Max.X = area.Min.X + width - panelGap
		p.draw(area)
	}
}

// newBars has the best entry on top and the failed ones at the bottom.
func newBars(r *measure.Result) []bar {
	var all []bar
	own := r.Entry(report.Own)
	for _, m := range r.Ranked(0) {
		fill := peerColour
		switch {
		case m.Name == report.Own:
			fill = ownColour
		case strings.HasPrefix(m.Name, report.Own):
			fill = variantColour
		case m.Reference:
			fill = referenceColour
		}
		label := report.Figure(m.Value(0).Median)
		if m.Name != report.Own && own.OK() && !r.NearZero {
			label += fmt.Sprintf(" (%s)", report.Figure(m.Ratio(own, 0).Median))
		}
		all = append(all, bar{m.Name, label, m.Value(0), fill})
	}
	for _, m := range r.Entries {
		if m.Failure != "" {
			all = append(all, bar{name: m.Name, label: m.Failure, fill: missedColour})
		}
	}
	return all
}
