// Command mapreduce reads measurements from files, and prints the lowest, the mean
// and the highest one of each station.
//
//	mapreduce [-workers n] file...
//	mapreduce -generate n >file
//
// A line is the name of a station, a semicolon, and a temperature with one digit
// behind the point. Files are read in parallel; the partial results of each
// station are added up one after the other, those of different stations in
// parallel. A line or a file that cannot be read ends the run.
//
// The exit status is 0 if the table was printed, 1 if not, 2 for a wrong usage, and
// 130 after an interrupt.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
)

func main() { console.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("mapreduce", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: mapreduce [flags] file...")
		fmt.Fprintln(stderr, "       mapreduce [flags] -generate n >file")
		flags.PrintDefaults()
	}
	workers := flags.Int("workers", 8, "work on `n` things at once")
	lines := flags.Int("generate", 0, "print a file with `n` lines, and read none")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case *workers < 1 || *lines < 0 || (*lines > 0) == (flags.NArg() > 0):
		fmt.Fprintln(stderr, "mapreduce: want files, or -generate n, and at least 1 worker")
		return console.Usage
	case *lines > 0:
		err = generate(ctx, stdout, *lines)
	default:
		err = report(ctx, *workers, flags.Args(), stdout)
	}
	if err == nil {
		return console.OK
	}
	fmt.Fprintln(stderr, "mapreduce:", err)
	if ctx.Err() != nil {
		return console.Status(ctx)
	}
	return console.Failed
}

// report prints the table, when it is complete.
func report(ctx context.Context, workers int, files []string, stdout io.Writer) error {
	p := pool.New(millrace.WithWorkers(workers))
	defer p.Close()
	all, err := stations(ctx, p, files)
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	}
	out := bufio.NewWriter(stdout)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(out, "%-12s %6s %6s %6s\n", name, all[name].least, all[name].mean(), all[name].most)
	}
	return out.Flush()
}

// generate prints lines of random measurements, always the same ones. The end of ctx ends it
// behind a line.
func generate(ctx context.Context, w io.Writer, n int) error {
	out := bufio.NewWriter(w)
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"Aarhus", "Bergen", "Coimbra", "Dresden", "Évora", "Firenze"}
	for line := range n {
		if line%1000 == 0 && ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%w after %s", context.Cause(ctx), console.Count(line, "line")), out.Flush())
		}
		i := random.IntN(len(names))
		fmt.Fprintf(out, "%s;%s\n", names[i], tenths(20*i+random.IntN(300)-50))
	}
	return out.Flush()
}
