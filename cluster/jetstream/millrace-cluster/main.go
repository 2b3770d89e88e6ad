// Command millrace-cluster shows what the queues of a cluster on NATS JetStream do.
//
//	millrace-cluster status [-nats url] [-queue name] [-creds file] [-json] [-every d]
//
// For each queue, or the one that is named, it prints
//
//   - queued: calls that no worker has; held: those that one has, running or pending there;
//   - oldest: how long ago the oldest call that has not ended was submitted;
//   - kept: outcomes that can still be joined;
//   - the workers: slots, what they hold, when they were last heard of, and what became of their
//     calls since they began: ended, failed, retried, given back (returned), refused,
//     aborted, lost;
//   - what they run, the longest first.
//
// A worker that has not been heard of for longer than the queue's lease, or than a minute if it
// held no call, is marked as silent: its calls run elsewhere by now. One that ended by itself is
// not shown.
//
// With -every it prints again and again, until it is interrupted.
//
// The exit status is 1 if the server cannot be asked or has no such queue, and 2 after
// wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster/jetstream"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A config is what the command line asks for.
type config struct {
	url, queue, creds string
	json              bool
	every, timeout    time.Duration
}

const (
	statusOK     = 0
	statusFailed = 1
	statusUsage  = 2
)

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUsage
	}
	for {
		all, err := c.ask(ctx)
		if err == nil {
			err = c.print(stdout, all)
		}
		if err != nil && c.every > 0 && ctx.Err() != nil {
			return statusOK
		}
		if err != nil {
			fmt.Fprintln(stderr, "millrace-cluster:", err)
			return statusFailed
		}
		if c.every == 0 {
			return statusOK
		}
		select {
		case <-ctx.Done():
			return statusOK
		case <-time.After(c.every):
		}
	}
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (c config, err error) {
	flags := flag.NewFlagSet("millrace-cluster", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: millrace-cluster status [flags]")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.url, "nats", nats.DefaultURL, "ask the server at `url`, which may have a token or user in it")
	flags.StringVar(&c.queue, "queue", "", "show one queue, by its `name`; all by default")
	flags.StringVar(&c.creds, "creds", "", "a `file` with NATS credentials")
	flags.BoolVar(&c.json, "json", false, "print JSON")
	flags.DurationVar(&c.every, "every", 0, "print again after `duration`")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "give up on the server after `duration`")
	if len(args) == 0 || args[0] != "status" {
		if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
			flags.Usage()
			return c, flag.ErrHelp
		}
		flags.Usage()
		return c, errors.New("no command")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return c, err
	}
	if flags.NArg() > 0 || c.every < 0 || c.timeout <= 0 {
		flags.Usage()
		return c, errors.New("arguments")
	}
	return c, nil
}

// ask asks the server for the queues. It makes none.
func (c config) ask(ctx context.Context) (all []jetstream.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	opts := []nats.Option{nats.Name("millrace-cluster"), nats.Timeout(c.timeout)}
	if c.creds != "" {
		opts = append(opts, nats.UserCredentials(c.creds))
	}
	names, err := jetstream.Queues(ctx, c.url, opts...)
	if err != nil {
		return nil, err
	}
	if c.queue != "" {
		if !slices.Contains(names, c.queue) {
			return nil, fmt.Errorf("no queue %q; there are: %q", c.queue, names)
		}
		names = []string{c.queue}
	}
	for _, name := range names {
		q, err := look(ctx, c.url, name, opts)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

func look(ctx context.Context, url, name string, opts []nats.Option) (q jetstream.Status, err error) {
	e, err := jetstream.Connect(ctx, url, jetstream.Config{Queue: name, Options: opts})
	if err != nil {
		return q, err
	}
	defer e.Close()
	return e.Status(ctx)
}
