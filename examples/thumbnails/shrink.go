package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"path/filepath"

	"github.com/millrace-go/millrace/examples/internal/console"
)

// shrink returns a picture of at most size pixels on either side, each the mean of
// those in its place. One that is small already keeps its size.
func shrink(img image.Image, size int) image.Image {
	b := img.Bounds()
	w, h := fit(b.Dx(), b.Dy(), size)
	small := image.NewRGBA64(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			small.SetRGBA64(x, y, mean(img, image.Rect(
				b.Min.X+x*b.Dx()/w, b.Min.Y+y*b.Dy()/h,
				b.Min.X+(x+1)*b.Dx()/w, b.Min.Y+(y+1)*b.Dy()/h)))
		}
	}
	return small
}

// fit returns the largest width and height up to size that have the proportions
// given, and at least one pixel.
func fit(w, h, size int) (int, int) {
	longer := max(w, h)
	if longer <= size {
		return w, h
	}
	return max(1, w*size/longer), max(1, h*size/longer)
}

// mean returns the mean colour of a part of a picture.
func mean(img image.Image, part image.Rectangle) color.RGBA64 {
	var r, g, b, a uint64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			pr, pg, pb, pa := img.At(x, y).RGBA()
			r, g, b, a = r+uint64(pr), g+uint64(pg), b+uint64(pb), a+uint64(pa)
		}
	}
	n := uint64(part.Dx() * part.Dy())
	return color.RGBA64{R: uint16(r / n), G: uint16(g / n), B: uint16(b / n), A: uint16(a / n)}
}

// generate makes n pictures of various sizes in dir, unless ctx ends before.
func generate(ctx context.Context, dir string, n int) error {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		if ctx.Err() != nil {
			return fmt.Errorf("%w after %s", context.Cause(ctx), console.Count(i, "picture"))
		}
		img := image.NewRGBA(image.Rect(0, 0, 50+random.IntN(1000), 50+random.IntN(1000)))
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				img.SetRGBA(x, y, color.RGBA{R: uint8(x), G: uint8(y), B: uint8(i), A: 255})
			}
		}
		if err := write(filepath.Join(dir, fmt.Sprintf("picture-%d.png", i+1)), img); err != nil {
			return err
		}
	}
	return nil
}
