package main

import (
	"flag"
	"fmt"
	"io"
	"time"
)

// A config is what the command line asks for.
type config struct {
	addr    string
	workers int
	timeout time.Duration
	drain   time.Duration
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("lookup", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: lookup [flags]")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.addr, "addr", "localhost:8080", "listen on `host:port`")
	flags.IntVar(&c.workers, "workers", 64, "at most `n` lookups at work at once")
	flags.DurationVar(&c.timeout, "timeout", 5*time.Second, "how long a lookup may be at work")
	flags.DurationVar(&c.drain, "drain", 10*time.Second, "how long requests under way have when the service ends")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	if err := c.check(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "lookup:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}

func (c config) check(rest []string) error {
	switch {
	case c.workers < 1:
		return fmt.Errorf("-workers %d: want 1 or more", c.workers)
	case c.timeout <= 0:
		return fmt.Errorf("-timeout %v: want more than 0", c.timeout)
	case c.drain < 0:
		return fmt.Errorf("-drain %v: want 0 or more", c.drain)
	case len(rest) > 0:
		return fmt.Errorf("there is no use for %q", rest)
	}
	return nil
}
