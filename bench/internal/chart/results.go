package chart

import (
	"slices"
	"strings"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panels are what the picture of the results shows, in rows of two.
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
	panelExtra = 34 * vg.Length(1) // title and margins
)

// resultsPicture has a panel of bars for each of panels that was measured.
func resultsPicture(results []measure.Result) picture {
	var shown []shownPanel
	for _, p := range panels {
		i := slices.IndexFunc(results, func(r measure.Result) bool { return r.Name == p.workload })
		if i >= 0 {
			shown = append(shown, shownPanel{p.title + ", " + results[i].Metrics[0].Unit, newBars(&results[i])})
		}
	}
	if shown == nil {
		return picture{}
	}
	lines := slices.Collect(slices.Chunk(shown, 2))
	height := vg.Length(0)
	for _, line := range lines {
		height += lineHeight(line)
	}
	return picture{2 * panelWidth, height, func(c draw.Canvas) {
		top := c.Max.Y
		for _, line := range lines {
			drawLine(c, top, line)
			top -= lineHeight(line)
		}
	}}
}

type shownPanel struct {
	title string
	bars  bars
}

func mostRows(line []shownPanel) int {
	rows := 0
	for _, p := range line {
		rows = max(rows, len(p.bars))
	}
	return rows
}

func lineHeight(line []shownPanel) vg.Length {
	return vg.Length(mostRows(line))*rowHeight + panelExtra
}

// drawLine draws panels side by side, their titles at top.
func drawLine(c draw.Canvas, top vg.Length, line []shownPanel) {
	const gap = 12
	width := (c.Max.X - c.Min.X) / 2
	for i, p := range line {
		left := c.Min.X + vg.Length(i)*width
		area := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: top - lineHeight(line) + gap},
			Max: vg.Point{X: left + width - gap, Y: top},
		}}
		p.plot(mostRows(line)).Draw(area)
	}
}

// plot has room for a number of rows, so that bars are of one size in all panels.
func (s shownPanel) plot(rows int) *plot.Plot {
	p := plot.New()
	p.Title.Text = s.title
	p.Title.TextStyle = titleStyle()
	p.Title.Padding = 6
	p.HideX()
	p.NominalY(s.bars.names()...)
	p.Y.Tick.Label = labelStyle(draw.XRight)
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	p.Y.Padding = 0
	p.Add(s.bars)
	p.X.Min, p.X.Max = 0, s.bars.longest()*1.25 // room for the figures
	p.Y.Min, p.Y.Max = float64(len(s.bars)-rows)-0.5, float64(len(s.bars))-0.5
	return p
}

// newBars has the best entry on top and the failed ones at the bottom.
func newBars(r *measure.Result) bars {
	var b bars
	for i := range r.Entries {
		if m := &r.Entries[i]; m.Failure != "" {
			b = append(b, bar{name: m.Name, label: m.Failure, fill: missedColour})
		}
	}
	ranked := r.Ranked(0)
	slices.Reverse(ranked)
	for _, m := range ranked {
		fill := peerColour
		switch {
		case m.Name == report.Own:
			fill = ownColour
		case strings.HasPrefix(m.Name, report.Own):
			fill = variantColour
		case m.Reference:
			fill = referenceColour
		}
		b = append(b, bar{m.Name, report.Figure(m.Value(0).Median), m.Value(0), fill})
	}
	return b
}
