// Command du adds up the sizes of the files below directories, each directory a
// task that waits for those below it, all on one pool.
//
//	du [-workers n] [-depth n] path...
//
// It prints the size in bytes of each path and of the directories below it down
// to -depth, the largest first. Symbolic links below a path are passed over. What
// cannot be read is reported on standard error, and the rest counts.
//
// The exit status is 0 if everything was read, 1 if something was not, 2 for a
// wrong usage, and 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
)

func main() { console.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("du", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: du [flags] path...")
		flags.PrintDefaults()
	}
	workers := flags.Int("workers", 8, "read `n` directories at once")
	depth := flags.Int("depth", 0, "print directories `n` levels down")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case *workers < 1 || *depth < 0 || flags.NArg() == 0:
		fmt.Fprintln(stderr, "du: want a path, at least 1 worker, and a depth of 0 or more")
		return console.Usage
	}
	p := pool.New(millrace.WithWorkers(*workers), millrace.WithName("du"))
	defer p.Close()
	status := console.OK
	for _, path := range flags.Args() {
		u := measure(ctx, p, path)
		if ctx.Err() != nil {
			fmt.Fprintln(stderr, "du:", context.Cause(ctx))
			return console.Status(ctx)
		}
		for _, err := range u.errs {
			fmt.Fprintln(stderr, "du:", err)
			status = console.Failed
		}
		if !u.missing {
			u.print(stdout, *depth)
		}
	}
	return status
}
