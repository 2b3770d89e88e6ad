package chart

import (
	"image/color"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A bar has its name on the left, its figure behind it, and a whisker from quartile
// to quartile. One without a value has a label only.
type bar struct {
	name, label string
	value       measure.Spread
	fill        color.RGBA
}

// A panel has a title and bars, from the top down.
type panel struct {
	title, unit string
	bars        []bar
}

const (
	barThickness = 10 * vg.Length(1)
	panelHead    = 34 * vg.Length(1) // of title and unit
	panelGap     = 14 * vg.Length(1) // between panels
)

func (p panel) height() vg.Length { return panelHead + vg.Length(len(p.bars))*rowHeight + panelGap }

// draw draws the panel into the upper part of the canvas.
func (p panel) draw(c draw.Canvas) {
	write(c, titleSize, inkColour, c.Min.X, c.Max.Y-titleSize, p.title)
	write(c, smallSize, inkColour, c.Min.X, c.Max.Y-titleSize-smallSize-4, p.unit)
	var names, labels []string
	for _, b := range p.bars {
		names, labels = append(names, b.name), append(labels, b.label)
	}
	left := c.Min.X + columnWidth(labelSize, names)
	length := c.Max.X - columnWidth(labelSize, labels) - gap - left // of the longest bar
	for i, b := range p.bars {
		middle := c.Max.Y - panelHead - (vg.Length(i)+0.5)*rowHeight
		write(c, labelSize, inkColour, c.Min.X, middle-belowMiddle, b.name)
		b.draw(c, left, middle, length/vg.Length(max(p.longest(), 1e-9)))
	}
}

func (p panel) longest() float64 {
	longest := 0.0
	for _, b := range p.bars {
		longest = max(longest, b.value.Median, b.value.High)
	}
	return longest
}

// draw draws the bar from left on; scale is the length of 1.
func (b bar) draw(c draw.Canvas, left, middle, scale vg.Length) {
	ink, end := color.Color(missedColour), left
	if b.value.Median != 0 {
		ink = inkColour
		right := left + vg.Length(b.value.Median)*scale
		box := vg.Rectangle{
			Min: vg.Point{X: left, Y: middle - barThickness/2},
			Max: vg.Point{X: right, Y: middle + barThickness/2},
		}
		c.FillPolygon(b.fill, corners(box))
		high := left + vg.Length(b.value.High)*scale
		c.StrokeLine2(draw.LineStyle{Color: inkColour, Width: 0.8}, left+vg.Length(b.value.Low)*scale, middle, high, middle)
		end = max(right, high)
	}
	write(c, labelSize, ink, end+gap, middle-belowMiddle, b.label)
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}
