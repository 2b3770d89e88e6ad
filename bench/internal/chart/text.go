package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The reader of an SVG file may not have the font that its texts were measured with.
// So each text begins where its column begins, and none is aligned by its end
// or its middle, which would need its width; and a column has room for fonts that are
// wider, as DejaVu Sans and Verdana are.
const roomForFonts = 1.3

const (
	titleSize   = 11 * vg.Length(1)
	labelSize   = 9 * vg.Length(1)
	smallSize   = 8 * vg.Length(1)
	belowMiddle = 4.6 * vg.Length(1) // from the middle of a label down to the bottom of its line
	gap         = 6 * vg.Length(1)   // between columns
)

func textStyle(size vg.Length, colour color.Color) text.Style {
	style := plot.New().X.Tick.Label
	style.Font.Variant, style.Font.Size, style.Color = "Sans", size, colour
	style.XAlign, style.YAlign = draw.XLeft, draw.YBottom
	return style
}

// write writes a text that begins at x, in the line above y.
func write(c draw.Canvas, size vg.Length, colour color.Color, x, y vg.Length, text string) {
	c.FillText(textStyle(size, colour), vg.Point{X: x, Y: y}, text)
}

// columnWidth is the width of a column for the texts, in whatever font.
func columnWidth(size vg.Length, texts []string) vg.Length {
	style := textStyle(size, inkColour)
	widest := vg.Length(0)
	for _, t := range texts {
		widest = max(widest, style.Width(t))
	}
	return widest*roomForFonts + gap
}
