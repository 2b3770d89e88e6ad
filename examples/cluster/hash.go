package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/millrace-go/millrace/cluster"
)

// A sum is what a worker finds out about a file.
type sum struct {
	Hash  string
	Bytes int64
}

// hash is the task. Both sides have it by the same name; its function runs on workers. A path is
// bytes and no string: it need not be UTF-8, and text that is sent has to be. Files may be hashed again
// as often as workers are killed, or stand still for longer than their lease.
var hash = cluster.Define("hash", hashFile, cluster.Attempts(1000))

// blockSize is how much is read at once; the context is looked at once a block.
const blockSize = 64 << 10

func hashFile(ctx context.Context, path []byte) (sum, error) {
	f, err := open(string(path))
	if err != nil {
		return sum{}, err
	}
	defer f.Close()
	h, block, n := sha256.New(), make([]byte, blockSize), int64(0)
	for {
		if ctx.Err() != nil {
			return sum{}, context.Cause(ctx)
		}
		k, err := f.Read(block)
		h.Write(block[:k]) // which never fails
		n += int64(k)
		if err == io.EOF {
			return sum{hex.EncodeToString(h.Sum(nil)), n}, nil
		}
		if err != nil {
			return sum{}, err
		}
	}
}

// open opens a file. To open a pipe would wait for one that writes, and end with nothing else.
func open(path string) (*os.File, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a file")}
	}
	return os.Open(path)
}

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// line formats a hash as sha256sum does.
func line(hash, path string) string {
	escaped, mark := escapes.Replace(path), ""
	if escaped != path {
		mark = `\`
	}
	return mark + hash + "  " + escaped + "\n"
}
