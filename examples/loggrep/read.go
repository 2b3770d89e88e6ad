package main

import (
	"bytes"
	"context"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/examples/internal/tree"
)

const (
	blockSize = 64 << 10 // enough to make a read, and the hop to another stage, cheap
	maxLine   = 1 << 20  // a longer line is cut, or it might fill the memory
)

// A block is some whole lines of a file.
type block struct {
	log  *logfile
	text string
	rest bool // it begins with the rest of a line that was cut
	last bool // nothing more comes of this file
}

// read returns the blocks of a file. The last one is empty, and comes even if
// the file cannot be read to its end.
func (g *grep) read(ctx context.Context, file tree.File) iter.Seq2[block, error] {
	return func(yield func(block, error) bool) {
		log, cut := &logfile{path: file.Path}, false
		for text, err := range g.texts(ctx, file) {
			if !yield(block{log: log, text: text, rest: cut}, err) {
				return
			}
			cut = !strings.HasSuffix(text, "\n")
		}
		yield(block{log: log, last: true}, nil)
	}
}

func (g *grep) texts(ctx context.Context, file tree.File) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if file.Err != nil {
			yield("", file.Err)
			return
		}
		f, err := os.Open(file.Path)
		if err != nil {
			yield("", err)
			return
		}
		defer f.Close()
		for text, err := range lines(f, g.block) {
			g.progress.Bytes.Add(int64(len(text)))
			if ctx.Err() != nil || !yield(text, err) {
				return
			}
		}
	}
}

// lines reads r in pieces of at most size bytes, or one line, that end where
// lines do.
func lines(r io.Reader, size int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		buf := make([]byte, 0, size)
		for {
			if len(buf) == cap(buf) { // and it is no whole line yet
				buf = slices.Grow(buf, len(buf))
			}
			n, err := r.Read(buf[len(buf):min(cap(buf), maxLine)])
			buf = buf[:len(buf)+n]
			whole := bytes.LastIndexByte(buf, '\n') + 1
			if err != nil || whole == 0 && len(buf) == maxLine {
				whole = len(buf)
			}
			if whole > 0 && !yield(string(buf[:whole]), nil) {
				return
			}
			switch {
			case err == io.EOF:
				return
			case err != nil:
				yield("", err)
				return
			}
			buf = append(buf[:0], buf[whole:]...)
		}
	}
}
