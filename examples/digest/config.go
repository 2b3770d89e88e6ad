package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/millrace-go/millrace"
)

// A config is what the command line asks for.
type config struct {
	unordered bool
	failfast  bool
	workers   int           // 0: the pool's default
	timeout   time.Duration // 0: none
	roots     []string
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("digest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: digest [flags] path...")
		flags.PrintDefaults()
	}
	flags.BoolVar(&c.unordered, "unordered", false, "print hashes as they are ready, not in path order")
	flags.BoolVar(&c.failfast, "failfast", false, "stop at the first error")
	flags.IntVar(&c.workers, "workers", 0, "hash `n` files at once; 0: processors + 4, at most 32")
	flags.DurationVar(&c.timeout, "timeout", 0, "give up after `duration`; 0 is never")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	c.roots = flags.Args()
	if err := c.check(); err != nil {
		fmt.Fprintln(stderr, "digest:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}

func (c config) check() error {
	switch {
	case c.workers < 0:
		return fmt.Errorf("-workers %d: want 0 or more", c.workers)
	case c.timeout < 0:
		return fmt.Errorf("-timeout %v: want 0 or more", c.timeout)
	case len(c.roots) == 0:
		return errors.New("no path")
	}
	return nil
}

func (c config) poolOptions() []millrace.PoolOption {
	if c.workers == 0 {
		return nil
	}
	return []millrace.PoolOption{millrace.WithWorkers(c.workers)}
}

func (c config) mapOptions() []millrace.MapOption {
	if !c.unordered {
		return nil
	}
	return []millrace.MapOption{millrace.Unordered()}
}
