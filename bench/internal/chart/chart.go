// Package chart draws the results of a run, for people who look before they read.
package chart

import (
	"bytes"
	"image/color"
	"io"
	"os"
	"path/filepath"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Colours that stay apart for the colour-blind, and in print.
var (
	ownColour       = color.RGBA{0x00, 0x72, 0xB2, 0xFF}
	variantColour   = color.RGBA{0x7F, 0xB8, 0xD8, 0xFF} // millrace, used in another way
	peerColour      = color.RGBA{0xB8, 0xBE, 0xC6, 0xFF}
	referenceColour = color.RGBA{0xE8, 0xE0, 0xC8, 0xFF}
	missedColour    = color.RGBA{0xD5, 0x5E, 0x00, 0xFF}
	inkColour       = color.RGBA{0x20, 0x24, 0x2A, 0xFF}
)

// A picture can be drawn on a canvas of its size. Without draw there is nothing to
// see, and no file is written.
type picture struct {
	width, height vg.Length
	draw          func(draw.Canvas)
}

// Write draws the results and the bounds into dir: results.svg, results.png,
// bounds.svg and bounds.png. It returns the names of the files.
func Write(dir string, run report.Run, bounds []measure.Bound) ([]string, error) {
	var files []string
	for _, p := range []struct {
		name string
		picture
	}{
		{"results", resultsPicture(run.Results)},
		{"bounds", boundsPicture(report.Verdicts(run.Results, bounds))},
	} {
		if p.draw == nil {
			continue
		}
		for extension, render := range map[string]func(picture) io.WriterTo{".svg": svg, ".png": png} {
			file := filepath.Join(dir, p.name+extension)
			if err := save(file, render(p.picture)); err != nil {
				return files, err
			}
			files = append(files, file)
		}
	}
	return files, nil
}

func save(file string, content io.WriterTo) error {
	var buffer bytes.Buffer
	if _, err := content.WriteTo(&buffer); err != nil {
		return err
	}
	// Without the Liberation fonts one of the same measures is the best, and any will do.
	text := bytes.ReplaceAll(buffer.Bytes(), []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif"))
	return os.WriteFile(file, text, 0o644)
}

// fill draws the picture on white, with a margin.
func (p picture) fill(c draw.Canvas) {
	const margin = 8
	c.FillPolygon(color.White, corners(c.Rectangle))
	p.draw(draw.Crop(c, margin, -margin, margin, -margin))
}

func svg(p picture) io.WriterTo {
	canvas := vgsvg.New(p.width, p.height)
	p.fill(draw.New(canvas))
	return canvas
}

func png(p picture) io.WriterTo {
	canvas := vgimg.NewWith(vgimg.UseWH(p.width, p.height), vgimg.UseDPI(144))
	p.fill(draw.New(canvas))
	return vgimg.PngCanvas{Canvas: canvas}
}
