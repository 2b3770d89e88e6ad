package chart

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// boundsPicture has a line for each bound: what was measured as a share of it,
// on a scale where twice and half are as far from the bound.
func boundsPicture(verdicts []measure.Verdict) picture {
	d := newDots(verdicts)
	if len(d) == 0 {
		return picture{}
	}
	p := plot.New()
	p.Title.Text = "What was measured, as a share of its bound: left of the line it is met"
	p.Title.TextStyle = titleStyle()
	p.Title.Padding = 6
	p.X.Min, p.X.Max = d.reach()
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, shares
	p.X.Tick.Label = textStyle(9)
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XCenter, draw.YTop
	p.NominalY(d.names()...)
	p.Y.Tick.Label = labelStyle(draw.XRight)
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	p.Add(d)
	return picture{9 * vg.Inch, vg.Length(len(d)+1)*rowHeight + panelExtra, p.Draw}
}

var shares = plot.TickerFunc(func(lowest, highest float64) []plot.Tick {
	var ticks []plot.Tick
	for _, share := range []float64{0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20} {
		if lowest <= share && share <= highest {
			ticks = append(ticks, plot.Tick{Value: share, Label: fmt.Sprint(share)})
		}
	}
	return ticks
})

// A dot is a bound with the measured share of it.
type dot struct {
	name, figure string
	share        measure.Spread
	met          bool
}

type dots []dot

// Shares beyond these are drawn at the edge: a bound that is met a thousand times
// over must not flatten all others.
const smallest, largest = 0.05, 20

const figureWidth = 36 * vg.Length(1) // of the column on the right

func newDots(verdicts []measure.Verdict) dots {
	var d dots
	for _, v := range verdicts {
		if !v.Measured {
			continue
		}
		share := func(x float64) float64 { return min(max(smallest, x/v.Limit), largest) }
		d = append(d, dot{
			name:   v.Workload + " " + report.Bound(v),
			figure: report.Figure(v.Got.Median),
			share:  measure.Spread{Low: share(v.Got.Low), Median: share(v.Got.Median), High: share(v.Got.High)},
			met:    v.Met(),
		})
	}
	slices.Reverse(d) // the first one on top
	return d
}

func (d dots) names() []string {
	names := make([]string, len(d))
	for i := range d {
		names[i] = d[i].name
	}
	return names
}

// reach is the range of the scale: around 1, and as far as there are dots.
func (d dots) reach() (lowest, highest float64) {
	lowest, highest = 0.5, 2
	for i := range d {
		lowest, highest = min(lowest, d[i].share.Low), max(highest, d[i].share.High)
	}
	return lowest / 1.1, highest * 2 // room for the figures
}

// Plot implements [plot.Plotter].
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: inkColour, Width: 1}, x(1), c.Min.Y, x(1), c.Max.Y)
	for i, dot := range d {
		colour := color.Color(ownColour)
		if !dot.met {
			colour = missedColour
		}
		middle := y(float64(i))
		c.StrokeLine2(draw.LineStyle{Color: peerColour, Width: 0.5}, c.Min.X, middle, c.Max.X-figureWidth, middle)
		c.StrokeLine2(draw.LineStyle{Color: colour, Width: 1.5}, x(dot.share.Low), middle, x(dot.share.High), middle)
		c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: 3.5, Shape: draw.CircleGlyph{}}, vg.Point{X: x(dot.share.Median), Y: middle})
		style := labelStyle(draw.XRight)
		style.Color = colour
		c.FillText(style, vg.Point{X: c.Max.X, Y: middle + baseline}, dot.figure)
	}
}

// DataRange implements [plot.DataRanger].
func (d dots) DataRange() (xmin, xmax, ymin, ymax float64) {
	return math.Inf(1), math.Inf(-1), -0.5, float64(len(d)) - 0.5
}
