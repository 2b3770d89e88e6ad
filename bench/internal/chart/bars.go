package chart

import (
	"image/color"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A bar has its name on the left, its figure on the right, and a whisker from
// quartile to quartile. One without a value has a label only.
type bar struct {
	name, label string
	value       measure.Spread
	fill        color.RGBA
}

// bars are drawn from the bottom up, one to a unit of the Y axis.
type bars []bar

const (
	barThickness = 10 * vg.Length(1)
	baseline     = 1.5 * vg.Length(1) // by which a label must be lifted to be level with those of an axis
)

func (b bars) names() []string {
	names := make([]string, len(b))
	for i := range b {
		names[i] = b[i].name
	}
	return names
}

func (b bars) longest() float64 {
	longest := 0.0
	for i := range b {
		longest = max(longest, b[i].value.High)
	}
	return longest
}

// Plot implements [plot.Plotter].
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, bar := range b {
		middle := y(float64(i))
		box := vg.Rectangle{
			Min: vg.Point{X: x(0), Y: middle - barThickness/2},
			Max: vg.Point{X: x(bar.value.Median), Y: middle + barThickness/2},
		}
		end := x(bar.value.High)
		ink := color.Color(missedColour)
		if bar.value.Median != 0 {
			ink = inkColour
			c.FillPolygon(bar.fill, corners(box))
			c.StrokeLine2(draw.LineStyle{Color: inkColour, Width: 0.8}, x(bar.value.Low), middle, end, middle)
		}
		style := labelStyle(draw.XLeft)
		style.Color = ink
		c.FillText(style, vg.Point{X: max(end, box.Max.X) + 4, Y: middle + baseline}, bar.label)
	}
}

// DataRange implements [plot.DataRanger].
func (b bars) DataRange() (xmin, xmax, ymin, ymax float64) {
	return 0, b.longest(), -0.5, float64(len(b)) - 0.5
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}
