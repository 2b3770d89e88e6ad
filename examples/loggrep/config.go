package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
)

// A config is what the command line asks for.
type config struct {
	query
	top     int           // 0: all
	workers int           // 0: the pool's default
	timeout time.Duration // 0: none
	page    string        // "": none
	roots   []string
}

// A query says which entries are counted, and by what.
type query struct {
	by    string
	least level
	match *regexp.Regexp // nil: everything matches
}

// What entries can be counted by.
const (
	byLevel = "level"
	byFile  = "file"
	byMatch = "match"
)

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("loggrep", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: loggrep [flags] path...")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.by, "by", byLevel, "count by `key`: level, file or match")
	flags.TextVar(&c.least, "level", level(0), "pass over entries below the level of this `name`")
	flags.Func("match", "count what matches this `regexp`", func(s string) (err error) {
		c.match, err = regexp.Compile(s)
		return err
	})
	flags.IntVar(&c.top, "top", 0, "print the `n` most frequent; 0 is all")
	flags.IntVar(&c.workers, "workers", 0, "work on `n` things at once; 0: processors + 4, at most 32")
	flags.DurationVar(&c.timeout, "timeout", 0, "give up after `duration`; 0 is never")
	flags.StringVar(&c.page, "page", "", "show what runs on a page at `host:port`, while it runs; without a host, of localhost")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	c.roots = flags.Args()
	if err := c.check(); err != nil {
		fmt.Fprintln(stderr, "loggrep:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}

func (c config) check() error {
	switch {
	case !slices.Contains([]string{byLevel, byFile, byMatch}, c.by):
		return fmt.Errorf("-by %s: want %s, %s or %s", c.by, byLevel, byFile, byMatch)
	case c.by == byMatch && c.match == nil:
		return errors.New("-by match: want a -match")
	case c.top < 0:
		return fmt.Errorf("-top %d: want 0 or more", c.top)
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
	opts := []millrace.PoolOption{millrace.WithName("loggrep")}
	if c.workers > 0 {
		opts = append(opts, millrace.WithWorkers(c.workers))
	}
	return opts
}
