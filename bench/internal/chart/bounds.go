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

// boundsPicture has a line for each bound: the measured figure as a share of it, on a
// scale where twice and half are as far from the bound. Bounds on ratios and
// bounds on values, of one unit each, are apart.
func boundsPicture(verdicts []measure.Verdict) picture {
	ratios, values := newDots(verdicts, true), newDots(verdicts, false)
	all := slices.Concat(ratios, values)
	if len(all) == 0 {
		return picture{}
	}
	p := dotPlot{scale: newScale(all)}
	p.add("Ratios: millrace's figure over that of the entry named", ratios)
	p.add("Values, each in its unit", values)
	return picture{11 * vg.Inch, p.height(), p.draw}
}

// A dot is a bound with the measured share of it.
type dot struct {
	name, figure string
	share        measure.Spread
	met          bool
}

// newDots returns the measured bounds on ratios, or those on values.
func newDots(verdicts []measure.Verdict, ratios bool) []dot {
	var dots []dot
	for _, v := range verdicts {
		if !v.Measured || (v.Against != "") != ratios {
			continue
		}
		figure := report.Figure(v.Got.Median) + " " + v.Unit
		if ratios {
			figure = report.Figure(v.Got.Median) + " times"
		}
		dots = append(dots, dot{
			name:   fmt.Sprintf("%s <= %v %s", subject(v), v.Limit, against(v)),
			figure: figure,
			share:  measure.Spread{Low: v.Got.Low / v.Limit, Median: v.Got.Median / v.Limit, High: v.Got.High / v.Limit},
			met:    v.Met(),
		})
	}
	return dots
}

// subject is the workload of a bound, with the entry if it is not the plain one.
func subject(v measure.Verdict) string {
	return v.Workload + strings.TrimPrefix(v.Entry, report.Own)
}

// against is the unit of a bound, or the entry that it compares with.
func against(v measure.Verdict) string {
	switch v.Against {
	case "":
		return v.Unit
	case measure.BestResults:
		return "times " + v.Reference + ", best with results"
	case measure.BestBare:
		return "times " + v.Reference + ", best without results"
	case measure.Best:
		return "times " + v.Reference + ", best of all"
	}
	return "times " + v.Reference
}

// A dotPlot has lists of dots under headings, on one scale.
type dotPlot struct {
	scale
	groups []dotGroup
	dots   []dot // of all groups
}

type dotGroup struct {
	heading string
	dots    []dot
}

func (p *dotPlot) add(heading string, dots []dot) {
	if len(dots) > 0 {
		p.groups, p.dots = append(p.groups, dotGroup{heading, dots}), append(p.dots, dots...)
	}
}

// height has room for two lines of head, the dots, two rows for each heading, and
// the scale.
func (p dotPlot) height() vg.Length {
	return 3*rowHeight + vg.Length(len(p.dots)+2*len(p.groups))*rowHeight + 2*rowHeight
}

func (p dotPlot) draw(c draw.Canvas) {
	var names, figures []string
	for _, d := range p.dots {
		names, figures = append(names, d.name), append(figures, d.figure)
	}
	y := c.Max.Y - titleSize
	write(c, titleSize, inkColour, c.Min.X, y, "What was measured, as a share of its bound")
	y -= rowHeight
	write(c, smallSize, inkColour, c.Min.X, y, "Lower is better: left of the line a bound is met. Dots are medians, lines go from quartile to quartile; a triangle points to what is beyond the scale.")
	y -= rowHeight / 2
	p.left = c.Min.X + columnWidth(labelSize, names)
	figuresAt := c.Max.X - columnWidth(labelSize, figures)
	p.right = figuresAt - 2*gap
	bottom := c.Max.Y - p.height() + 3*rowHeight
	c.StrokeLine2(draw.LineStyle{Color: inkColour, Width: 1}, p.at(1), bottom, p.at(1), y)
	for _, g := range p.groups {
		y -= 1.5 * rowHeight
		write(c, labelSize, inkColour, c.Min.X, y, g.heading)
		y -= rowHeight / 2
		for _, d := range g.dots {
			write(c, labelSize, inkColour, c.Min.X+gap, y-rowHeight/2-belowMiddle, d.name)
			p.drawDot(c, y-rowHeight/2, d)
			write(c, labelSize, d.colour(), figuresAt, y-rowHeight/2-belowMiddle, d.figure)
			y -= rowHeight
		}
	}
	p.drawTicks(c, bottom)
}
