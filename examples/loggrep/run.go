package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/millrace-go/millrace/examples/internal/admin"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/tree"
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

	total, files, failed, err := count(ctx, c, stdout, stderr)
	if err == nil {
		_, err = io.WriteString(stdout, total.table(c.top))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintf(stderr, "loggrep: %v\n", err)
		return console.Status(ctx)
	case err != nil:
		fmt.Fprintf(stderr, "loggrep: %v\n", err)
		return console.Failed
	case len(total) == 0:
		fmt.Fprintf(stderr, "loggrep: of %s, no entry counts\n", console.Count(files, "file"))
	}
	if failed > 0 {
		fmt.Fprintf(stderr, "loggrep: of %s, %d could not be read\n", console.Count(files, "file"), failed)
		return console.Failed
	}
	return console.OK
}

// count reads the files below the roots. It returns how many there are, counting
// directories that could not be read, and how many of them could not be read. The
// error says what ended it early.
func count(ctx context.Context, c config, stdout, stderr io.Writer) (total tally, found, failed int, err error) {
	page, err := admin.Open(c.page, stderr)
	if err != nil {
		return nil, 0, 0, err
	}
	defer page.Close()
	files, err := tree.List(ctx, c.roots)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%w while looking for files; none was counted", err)
	}
	d := console.NewDisplay("loggrep", console.Total{Unit: "files", Items: len(files), Bytes: tree.Size(files)}, stdout, stderr)
	defer d.Close()
	p := page.Pool(c.poolOptions()...)
	defer p.Close()

	total = tally{}
	g := grep{query: c.query, progress: &d.Progress, block: blockSize}
	for t, err := range g.tallies(p, files).All(ctx) {
		switch {
		case err != nil && ctx.Err() != nil:
			unread := len(files) - int(d.Progress.Items.Load())
			return nil, 0, 0, fmt.Errorf("%w: of %s, %s not read to the end", context.Cause(ctx), console.Count(len(files), "file"), console.Were(unread))
		case err != nil:
			d.Problem(err)
			failed++
		default:
			total.add(t)
		}
	}
	return total, len(files), failed, nil
}
