package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A usage is what a directory, or a file, takes.
type usage struct {
	path    string
	bytes   int64
	below   []usage // of its directories
	errs    []error // what could not be read
	missing bool    // there is nothing of which a size could be told
}

// measure returns what is below a path. It is one function, called for every
// directory: the task of a directory waits for the tasks of those in it, and
// lends them its slot meanwhile, so that no depth needs more workers than there
// are.
func measure(ctx context.Context, p *pool.Pool, path string) usage {
	u := usage{path: path}
	info, err := os.Stat(path)
	if err != nil {
		u.errs, u.missing = []error{err}, true
		return u
	}
	if !info.IsDir() {
		u.bytes = info.Size()
		return u
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		u.errs = append(u.errs, err) // the entries that could be read are there
	}
	var below []*future.Future[usage]
	for _, e := range entries {
		switch {
		case e.IsDir():
			dir := filepath.Join(path, e.Name())
			below = append(below, pool.Submit(ctx, p, func(ctx context.Context) (usage, error) { return measure(ctx, p, dir), nil }))
		case e.Type().IsRegular():
			if info, err := e.Info(); err == nil { // or it is gone
				u.bytes += info.Size()
			}
		}
	}
	u.add(ctx, below)
	return u
}

// add adds what is below.
func (u *usage) add(ctx context.Context, below []*future.Future[usage]) {
	for _, f := range below {
		v, err := f.Await(ctx)
		if err != nil { // ctx has ended, or a task has panicked
			u.errs = append(u.errs, err)
			continue
		}
		u.bytes += v.bytes
		u.errs = append(u.errs, v.errs...)
		v.errs = nil
		u.below = append(u.below, v)
	}
}

// print prints a usage and those below it, the largest first.
func (u usage) print(w io.Writer, depth int) {
	fmt.Fprintf(w, "%12d  %s\n", u.bytes, u.path)
	if depth == 0 {
		return
	}
	slices.SortFunc(u.below, func(a, b usage) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.path, b.path))
	})
	for _, v := range u.below {
		v.print(w, depth-1)
	}
}
