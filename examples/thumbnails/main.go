// Command thumbnails makes small pictures of large ones, with a bound on the memory
// that those at work take together.
//
//	thumbnails [-size n] [-memory megabytes] [-workers n] -out dir picture...
//	thumbnails -generate n -out dir
//
// Pictures are JPEG or PNG. Each becomes a PNG in dir of at most -size pixels on
// either side. A picture that cannot be read, or takes more memory than -memory
// when it is decoded, is reported on standard error, and the others are made. No
// picture is replaced: -out must be another directory than theirs, and their names
// must differ.
// -generate makes pictures to try it with.
//
// The exit status is 0 if all were made, 1 if not, 2 for a wrong usage, and 130
// after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"

	"github.com/millrace-go/millrace/examples/internal/console"
)

func main() { console.Main(run) }

// A config is what the command line asks for.
type config struct {
	size     int
	memory   int64 // bytes
	workers  int
	generate int
	out      string
	pictures []string
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case c.generate > 0:
		err = generate(ctx, c.out, c.generate)
	default:
		if err = c.clash(); err == nil {
			return makeAll(ctx, c, stdout, stderr)
		}
	}
	if err == nil {
		return console.OK
	}
	fmt.Fprintln(stderr, "thumbnails:", err)
	if ctx.Err() != nil {
		return console.Status(ctx)
	}
	return console.Failed
}

// makeAll makes the thumbnails, and says what became of each.
func makeAll(ctx context.Context, c config, stdout, stderr io.Writer) int {
	status, made := console.OK, 0
	for done, err := range thumbnails(ctx, c, new(gauge)) {
		switch {
		case err != nil && ctx.Err() != nil:
			fmt.Fprintf(stderr, "thumbnails: %v: %s made\n", context.Cause(ctx), console.Were(made))
			return console.Status(ctx)
		case err != nil:
			fmt.Fprintln(stderr, "thumbnails:", err)
			status = console.Failed
		default:
			made++
			fmt.Fprintln(stdout, done)
		}
	}
	return status
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (c config, err error) {
	flags := flag.NewFlagSet("thumbnails", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: thumbnails [flags] -out dir picture...")
		fmt.Fprintln(stderr, "       thumbnails [flags] -generate n -out dir")
		flags.PrintDefaults()
	}
	flags.IntVar(&c.size, "size", 128, "at most `n` pixels on either side")
	megabytes := flags.Int64("memory", 64, "`megabytes` for the pictures at work, together")
	flags.IntVar(&c.workers, "workers", 8, "work on `n` pictures at once, if the memory allows")
	flags.IntVar(&c.generate, "generate", 0, "make `n` pictures, and no thumbnails")
	flags.StringVar(&c.out, "out", "", "put what is made into `dir`")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	c.pictures, c.memory = flags.Args(), *megabytes<<20
	if c.size < 1 || *megabytes < 1 || *megabytes > math.MaxInt64>>20 || c.workers < 1 || c.generate < 0 || c.out == "" || (c.generate > 0) == (len(c.pictures) > 0) {
		err := errors.New("want -out, and pictures or -generate n, and numbers above 0 that are not too large")
		fmt.Fprintln(stderr, "thumbnails:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}
