package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/tree"
)

// blockSize is how much is read at once. Beyond 64 KiB a read's own cost is
// lost in the hashing; the context is looked at once a block.
const blockSize = 64 << 10

// A hasher hashes files, any number at once.
type hasher struct {
	progress *console.Progress
	blocks   sync.Pool // of *[blockSize]byte: most files are smaller than a block
}

func newHasher(p *console.Progress) *hasher {
	return &hasher{
		progress: p,
		blocks:   sync.Pool{New: func() any { return new([blockSize]byte) }},
	}
}

// line returns the line of sha256sum for f.
func (h *hasher) line(ctx context.Context, f tree.File) (string, error) {
	if f.Err != nil {
		return "", f.Err
	}
	sum, err := h.sum(ctx, f.Path)
	if err != nil {
		return "", err
	}
	h.progress.Items.Add(1)
	return line(sum, f.Path), nil
}

// sum returns the hash of a file's content, or the cause of ctx if that ends
// before it is read through.
func (h *hasher) sum(ctx context.Context, path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	block := h.blocks.Get().(*[blockSize]byte)
	defer h.blocks.Put(block)

	for hash := sha256.New(); ; {
		if ctx.Err() != nil {
			return sum, context.Cause(ctx)
		}
		n, err := f.Read(block[:])
		hash.Write(block[:n]) // which never fails
		h.progress.Bytes.Add(int64(n))
		switch {
		case err == io.EOF:
			hash.Sum(sum[:0])
			return sum, nil
		case err != nil:
			return sum, err
		}
	}
}

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// line formats a hash as sha256sum does. A path of more than one line is
// escaped, so that a line stays one; a backslash in front says so.
func line(sum [sha256.Size]byte, path string) string {
	escaped, mark := escapes.Replace(path), ""
	if escaped != path {
		mark = `\`
	}
	return mark + hex.EncodeToString(sum[:]) + "  " + escaped + "\n"
}
