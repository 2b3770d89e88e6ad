package chart

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A scale maps shares of bounds to places, logarithmically. A share beyond its ends is
// drawn there, with a mark: a bound that is met a thousand times over must not flatten all others.
type scale struct {
	lowest, highest float64
	left, right     vg.Length
}

// The widest scale there may be.
const smallest, largest = 0.05, 20

// newScale reaches around 1 as far as there are dots.
func newScale(dots []dot) scale {
	s := scale{lowest: 0.5, highest: 2}
	for _, d := range dots {
		s.lowest, s.highest = min(s.lowest, d.share.Low), max(s.highest, d.share.High)
	}
	s.lowest, s.highest = max(s.lowest, smallest), min(s.highest, largest)
	return s
}

func (s scale) at(share float64) vg.Length {
	share = min(max(share, s.lowest), s.highest)
	part := math.Log(share/s.lowest) / math.Log(s.highest/s.lowest)
	return s.left + vg.Length(part)*(s.right-s.left)
}

// beyond is -1 for a share too small for the scale, 1 for one too large, or else 0.
func (s scale) beyond(share float64) int {
	switch {
	case share < s.lowest:
		return -1
	case share > s.highest:
		return 1
	}
	return 0
}

func (d dot) colour() color.RGBA {
	if d.met {
		return ownColour
	}
	return missedColour
}

const dotRadius = 3.5 * vg.Length(1)

func (s scale) drawDot(c draw.Canvas, middle vg.Length, d dot) {
	c.StrokeLine2(draw.LineStyle{Color: peerColour, Width: 0.5}, s.left, middle, s.right, middle)
	c.StrokeLine2(draw.LineStyle{Color: d.colour(), Width: 1.5}, s.at(d.share.Low), middle, s.at(d.share.High), middle)
	for _, share := range []float64{d.share.Low, d.share.High} {
		s.mark(c, middle, share, d.colour(), dotRadius*0.8)
	}
	if s.beyond(d.share.Median) != 0 {
		s.mark(c, middle, d.share.Median, d.colour(), 1.5*dotRadius)
		return
	}
	glyph := draw.GlyphStyle{Color: d.colour(), Radius: dotRadius, Shape: draw.CircleGlyph{}}
	c.DrawGlyph(glyph, vg.Point{X: s.at(d.share.Median), Y: middle})
}

// mark draws a triangle at the end of the scale that points to a share beyond it.
func (s scale) mark(c draw.Canvas, middle vg.Length, share float64, colour color.Color, size vg.Length) {
	direction := vg.Length(s.beyond(share))
	if direction == 0 {
		return
	}
	tip := vg.Point{X: s.at(share) + direction*size, Y: middle}
	c.FillPolygon(colour, []vg.Point{
		tip, {X: tip.X - direction*2*size, Y: middle + size}, {X: tip.X - direction*2*size, Y: middle - size},
	})
}

// drawTicks draws the scale itself, under the dots.
func (s scale) drawTicks(c draw.Canvas, bottom vg.Length) {
	line := draw.LineStyle{Color: inkColour, Width: 0.5}
	c.StrokeLine2(line, s.left, bottom, s.right, bottom)
	for _, share := range []float64{0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20} {
		if s.beyond(share) == 0 {
			c.StrokeLine2(line, s.at(share), bottom, s.at(share), bottom-4)
			write(c, labelSize, inkColour, s.at(share)-4, bottom-rowHeight, fmt.Sprint(share))
		}
	}
}
