package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/millrace-go/millrace/pool"
)

// run is the program: it returns the exit status. It returns once ctx has ended
// and the reads that were under way have come back.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	}
	ctx, cancel := console.Bound(ctx, c.timeout)
	defer cancel()

	r := digest(ctx, c, stdout, stderr)
	if s := r.String(); s != "" {
		fmt.Fprintln(stderr, "digest:", s)
	}
	return r.status
}

// digest lists the files, then hashes them.
func digest(ctx context.Context, c config, stdout, stderr io.Writer) report {
	files, err := tree.List(ctx, c.roots)
	r := report{found: len(files), listed: err == nil}
	if err != nil {
		r.end(ctx)
		return r
	}
	total := console.Total{Unit: "files", Items: len(files), Bytes: tree.Size(files)}
	d := console.NewDisplay("digest", total, stdout, stderr)
	defer d.Close()
	hashAll(ctx, c, files, d, &r)
	return r
}

// hashAll hashes files on a pool and prints their lines. Nothing of it runs any
// more when it returns: leaving the loop ends what the map has at work, and
// waits for it.
func hashAll(ctx context.Context, c config, files []tree.File, d *console.Display, r *report) {
	p := pool.New(c.poolOptions()...)
	defer p.Close()

	h := newHasher(&d.Progress)
	defer func() { r.hashed = int(d.Progress.Items.Load()) }()
	for line, err := range pool.Map(ctx, p, slices.Values(files), h.line, c.mapOptions()...) {
		switch {
		case err != nil && ctx.Err() != nil: // whatever it is, no fault of the file's
			r.end(ctx)
			return
		case err != nil:
			d.Problem(err)
			r.fail()
			if c.failfast {
				r.stop(errFirst)
				return
			}
		default:
			if err := d.Line(line); err != nil {
				r.stop(err)
				return
			}
			r.printed++
		}
	}
}
