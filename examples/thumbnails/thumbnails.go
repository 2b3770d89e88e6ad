package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // which image.Decode then knows
	"image/png"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A picture is one whose size is known, and nothing else.
type picture struct {
	path          string
	width, height int
	pixel         int // bytes of a pixel when it is decoded, at most
}

// bytes returns what the picture takes when it is decoded.
func (p picture) bytes() int64 { return int64(p.pixel) * int64(p.width) * int64(p.height) }

// A gauge measures how much memory the pictures at work take.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) take(n int64) {
	now := g.now.Add(n)
	for most := g.most.Load(); now > most && !g.most.CompareAndSwap(most, now); {
		most = g.most.Load()
	}
}

// thumbnails makes small pictures, and returns the names of their files as they
// are ready. A picture weighs what it takes in memory, and the pool's weights are
// bounded: so a few large ones are decoded at once, or many small ones.
func thumbnails(ctx context.Context, c config, g *gauge) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p := pool.New(millrace.WithWorkers(c.workers), millrace.WithMaxWeight(c.memory), millrace.WithName("thumbnails"))
		defer p.Close()
		weight := millrace.PerItem(func(p picture) []millrace.TaskOption {
			return []millrace.TaskOption{millrace.WithWeight(p.bytes())}
		})
		pictures := stream.Map(stream.FromSlice(c.pictures), p, c.look, millrace.WithWeight(0))
		made := stream.Map(pictures, p, func(_ context.Context, pic picture) (string, error) {
			g.take(pic.bytes())
			defer g.take(-pic.bytes())
			return c.make(pic)
		}, weight, millrace.Unordered())
		for name, err := range made.All(ctx) {
			if !yield(name, err) {
				return
			}
		}
	}
}

// look returns a picture that fits into the memory. The pool would refuse another as well, but
// could not tell which one it was.
func (c config) look(_ context.Context, path string) (picture, error) {
	p, err := open(path)
	if err == nil && p.bytes() > c.memory {
		err = fmt.Errorf("%s: takes %d megabytes when it is decoded, more than the %d of -memory", path, p.bytes()>>20, c.memory>>20)
	}
	return p, err
}

// open reads how large a picture is, from the first bytes of its file.
func open(path string) (picture, error) {
	f, err := tree.Open(path)
	if err != nil {
		return picture{}, err
	}
	defer f.Close()
	is, _, err := image.DecodeConfig(f)
	if err != nil {
		return picture{}, fmt.Errorf("%s: %w", path, err)
	}
	pixel := 4
	if is.ColorModel == color.RGBA64Model || is.ColorModel == color.NRGBA64Model {
		pixel = 8
	}
	return picture{path, is.Width, is.Height, pixel}, nil
}

// make makes the thumbnail of a picture, and returns the name of its file.
func (c config) make(p picture) (string, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.path, err)
	}
	name := c.nameOf(p.path)
	return name, write(name, shrink(img, c.size))
}

// nameOf returns the file of a picture's thumbnail.
func (c config) nameOf(path string) string {
	base := filepath.Base(path)
	return filepath.Join(c.out, strings.TrimSuffix(base, filepath.Ext(base))+".png")
}

// clash returns an error if a thumbnail would take the place of a picture or of another
// thumbnail.
func (c config) clash() error {
	of := map[string]string{}
	for _, path := range c.pictures {
		out, err1 := os.Stat(c.out)
		dir, err2 := os.Stat(filepath.Dir(path))
		if err1 == nil && err2 == nil && os.SameFile(out, dir) {
			return fmt.Errorf("%s is in -out, where its thumbnail, or that of another picture, would take its place", path)
		}
		name := c.nameOf(path)
		if other, taken := of[name]; taken {
			return fmt.Errorf("%s and %s would both become %s", other, path, name)
		}
		of[name] = path
	}
	return nil
}

// write writes a picture, whole or not at all.
func write(name string, img image.Image) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".thumbnail*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is gone if all went well
	if err := png.Encode(f, img); err != nil {
		_ = f.Close() // what there is to be told is that it could not be written
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
