//go:build unix

// Command cluster measures millrace's cluster and its peers, each with a server, two
// worker processes of four slots and a submitter, on the same calls:
//
//	go -C bench/cluster run .
//
// Asynq needs redis-server and River needs PostgreSQL, both as Debian packages them; a
// system whose server is not there is left out, and the tables say so. It writes
// RESULTS.md and throughput.svg into results/<processor>. See -help for the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/millrace-go/millrace/bench/internal/machine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// The program is its own server and worker: with these as first arguments.
const (
	roleServer = "server" // directory, of millrace's embedded server
	roleWorker = "worker" // system and address
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	switch {
	case len(args) == 2 && args[0] == roleServer:
		return serveEmbedded(ctx, args[1], stdout)
	case len(args) == 3 && args[0] == roleWorker:
		s := find(args[1])
		if s == nil {
			return fmt.Errorf("no system %q", args[1])
		}
		return s.work(ctx, args[2], stdout)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	var all []figures
	for _, s := range systems {
		if !slices.Contains(o.systems, s.name) {
			continue
		}
		fmt.Fprintln(stderr, s.name)
		f := measure(ctx, s, o)
		if f.Err != nil {
			fmt.Fprintln(stderr, "  ", f.Err)
		}
		all = append(all, f)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return o.write(all, stdout, stderr)
}

// options are what the command line asks for.
type options struct {
	systems []string
	sizes
	out  string
	kill bool // also what takes minutes: the second run of a call whose worker was killed
}

// sizes are how much of everything is done.
type sizes struct{ calls, items, rounds, sequential, aborts, idle int }

var (
	full  = sizes{calls: 10_000, items: 200_000, rounds: 3, sequential: 500, aborts: 11, idle: 30}
	quick = sizes{calls: 200, items: 2000, rounds: 1, sequential: 10, aborts: 1, idle: 1}
)

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(stderr)
	names := flags.String("systems", strings.Join(systemNames(), ","), "measure these `systems`")
	short := flags.Bool("quick", false, "do as little as shows that everything works, and write nothing")
	flags.BoolVar(&o.kill, "kill", true, "kill workers, and wait until what they ran is run again, up to three minutes each")
	flags.StringVar(&o.out, "out", "", "write into `directory` in place of results/<processor>; - writes nothing")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.sizes = full
	if *short {
		o.sizes, o.out, o.kill = quick, "-", false
	}
	for name := range strings.SplitSeq(*names, ",") {
		if find(name) == nil {
			return o, fmt.Errorf("no system %q; there are %s", name, strings.Join(systemNames(), ", "))
		}
		o.systems = append(o.systems, name)
	}
	return o, nil
}

// write prints the tables, and writes them and the plot into the directory of the kind of
// processor, since two kinds give two pictures.
func (o options) write(all []figures, stdout, stderr io.Writer) error {
	m := machine.Describe([]string{
		"github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go", "github.com/hibiken/asynq", "github.com/riverqueue/river",
	})
	text := report(m, o, all)
	fmt.Fprint(stdout, text)
	if o.out == "-" {
		return nil
	}
	dir := o.out
	if dir == "" {
		dir = filepath.Join("results", m.Slug())
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, content := range map[string]string{"RESULTS.md": text, "throughput.svg": plot(all)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(stderr, "wrote", filepath.Join(dir, name))
	}
	return nil
}
