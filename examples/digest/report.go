package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/examples/internal/console"
)

var errFirst = errors.New("stopped at the first error")

// A report is what became of a run.
type report struct {
	found   int   // files, and what could not be read while looking for them
	hashed  int   // printed or not
	printed int   // of those hashed
	failed  int   // of those found
	early   error // why the run ended before it was through; nil if it did not
	listed  bool  // all files were found before that
	status  int
}

// fail counts what could not be read.
func (r *report) fail() {
	r.failed++
	r.status = console.Failed
}

// stop says that the run gave up.
func (r *report) stop(why error) { r.early, r.status = why, console.Failed }

// end says that ctx ended the run.
func (r *report) end(ctx context.Context) {
	r.early, r.status = context.Cause(ctx), console.Status(ctx)
}

// String returns what a user has to be told, "" if all went well.
func (r *report) String() string {
	switch {
	case r.early != nil && !r.listed:
		return fmt.Sprintf("%v while looking for files; none was hashed", r.early)
	case r.early != nil:
		return fmt.Sprintf("%v: of %s, %s printed, %s hashed and not printed, %s not hashed, %d could not be read", r.early,
			console.Count(r.found, "file"), console.Were(r.printed), console.Were(r.hashed-r.printed), console.Were(r.found-r.hashed-r.failed), r.failed)
	case r.failed > 0:
		return fmt.Sprintf("of %s, %d could not be read", console.Count(r.found, "file"), r.failed)
	}
	return ""
}
