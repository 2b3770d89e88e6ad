// Package tree finds the files of directory trees.
package tree

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// A File is one that was found, or what could not be read while looking.
type File struct {
	Path string
	Err  error
}

// List returns the files below the roots: those of the first root first, each
// root's in the byte order of their paths. The error is the cause of ctx if that
// ended it, and goes with the files found so far.
//
// It is not filepath.WalkDir, which would not enter a root that is a link,
// makes "a" of "./a", and has another order ("go/ast" before "go.mod").
func List(ctx context.Context, roots []string) ([]File, error) {
	l := lister{ctx: ctx}
	for _, root := range roots {
		from := len(l.files)
		l.root(root)
		slices.SortFunc(l.files[from:], func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	}
	return l.files, context.Cause(ctx)
}

type lister struct {
	ctx   context.Context
	files []File
}

func (l *lister) add(path string, err error) {
	l.files = append(l.files, File{path, err})
}

func (l *lister) root(path string) {
	switch info, err := os.Stat(path); {
	case err != nil:
		l.add(path, err)
	case info.IsDir():
		l.dir(path)
	case info.Mode().IsRegular():
		l.add(path, nil)
	default:
		// Reading a pipe or a terminal could not be interrupted.
		l.add(path, &fs.PathError{Op: "read", Path: path, Err: errors.New("neither a file nor a directory")})
	}
}

func (l *lister) dir(path string) {
	if l.ctx.Err() != nil {
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		l.add(path, err) // the entries that could be read are there all the same
	}
	for _, e := range entries {
		switch below := join(path, e.Name()); {
		case e.IsDir():
			l.dir(below)
		case e.Type().IsRegular():
			l.add(below, nil)
		}
	}
}

// join is filepath.Join without the cleaning: a path is printed as it was
// asked for.
func join(dir, name string) string {
	if os.IsPathSeparator(dir[len(dir)-1]) {
		return dir + name
	}
	return dir + string(os.PathSeparator) + name
}

// Open opens a regular file. Anything else is an error: opening a pipe, and reading a pipe or a
// terminal, could not be interrupted.
func Open(path string) (*os.File, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	return os.Open(path)
}

// Size returns how much there is to read in files, as far as can be known before.
func Size(files []File) (n int64) {
	for _, f := range files {
		if info, err := os.Stat(f.Path); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}
