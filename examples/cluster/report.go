package main

import (
	"context"
	"fmt"
	"io"

	"github.com/millrace-go/millrace/examples/internal/console"
)

// A report is what became of a run.
type report struct {
	found, printed, failed int   // files
	broken                 error // of standard output
}

// end tells the user what went wrong, and returns the exit status.
func (r *report) end(ctx context.Context, stderr io.Writer) int {
	left := r.found - r.printed - r.failed
	switch {
	case r.broken != nil:
		fmt.Fprintln(stderr, "cluster:", r.broken)
		return console.Failed
	case left > 0:
		fmt.Fprintf(stderr, "cluster: %v: of %s, %s printed, %s not, %d could not be read\n", context.Cause(ctx),
			console.Count(r.found, "file"), console.Were(r.printed), console.Were(left), r.failed)
		return console.Status(ctx)
	case r.failed > 0:
		fmt.Fprintf(stderr, "cluster: of %s, %d could not be read\n", console.Count(r.found, "file"), r.failed)
		return console.Failed
	}
	return console.OK
}
