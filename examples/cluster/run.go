package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/tree"
)

// run is the program: it returns the exit status.
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
	switch {
	case c.server != "":
		err = serve(ctx, c, stdout)
	case c.worker:
		err = work(ctx, c)
	default:
		return submit(ctx, c, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "cluster:", err)
		return console.Failed
	}
	return console.OK
}

// submit lists the files and has them hashed.
func submit(ctx context.Context, c config, stdout, stderr io.Writer) int {
	files, err := tree.List(ctx, c.roots)
	if err != nil {
		fmt.Fprintf(stderr, "cluster: %v while looking for files; none was hashed\n", err)
		return console.Status(ctx)
	}
	s, err := connect(ctx, c)
	if err != nil {
		fmt.Fprintln(stderr, "cluster:", err)
		if ctx.Err() != nil {
			return console.Status(ctx)
		}
		return console.Failed
	}
	defer s.close()
	if s.url != "" {
		stop, err := startWorkers(c, s.url, stderr)
		if err != nil {
			fmt.Fprintln(stderr, "cluster:", err)
			return console.Failed
		}
		defer stop()
	}
	r := &report{found: len(files)}
	hashAll(ctx, c, cluster.NewClient(s.engine), files, r, stdout, stderr)
	return r.end(ctx, stderr)
}

// hashAll prints the lines of the files. When it returns no call of it is out any
// more: leaving the loop aborts those that are, and waits for them.
func hashAll(ctx context.Context, c config, client *cluster.Client, files []tree.File, r *report, stdout, stderr io.Writer) {
	d := console.NewDisplay("cluster", console.Total{Unit: "files", Items: len(files), Bytes: tree.Size(files)}, stdout, stderr)
	defer d.Close()
	i := 0
	for s, err := range hash.Map(ctx, client, paths(files), cluster.WithChunk(c.chunk)) {
		if err != nil && ctx.Err() != nil {
			return
		}
		f := files[i]
		i++
		switch err = reason(f, err); {
		case err != nil:
			d.Problem(err)
			r.failed++
		default:
			if r.broken = d.Line(line(s.Hash, f.Path)); r.broken != nil {
				return
			}
			r.printed++
			d.Progress.Items.Add(1)
			d.Progress.Bytes.Add(s.Bytes)
		}
	}
}

// paths returns what to hash. What could not even be listed is in its place: a worker
// does not read it either.
func paths(files []tree.File) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, f := range files {
			if !yield([]byte(f.Path)) {
				return
			}
		}
	}
}

// reason returns why a file has no hash, without where that was found out; nil if it
// has one.
func reason(f tree.File, err error) error {
	var ce *cluster.Error
	switch {
	case f.Err != nil:
		return f.Err
	case errors.As(err, &ce):
		return errors.New(ce.Text)
	}
	return err
}
