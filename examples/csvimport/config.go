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
	db       string
	batch    int
	retries  int
	workers  int           // 0: the pool's default
	timeout  time.Duration // 0: none
	page     string        // "": none
	generate int           // 0: import
	file     string
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("csvimport", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: csvimport [flags] file.csv")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.db, "db", "orders.db", "import into the database in `file`")
	flags.IntVar(&c.batch, "batch", 500, "insert `n` rows in a transaction")
	flags.IntVar(&c.retries, "retries", 10, "try a transaction on a locked database `n` times again")
	flags.IntVar(&c.workers, "workers", 0, "check `n` rows at once; 0: processors + 4, at most 32")
	flags.DurationVar(&c.timeout, "timeout", 0, "give up after `duration`; 0 is never")
	flags.StringVar(&c.page, "page", "", "show what runs on a page at `host:port`, while it runs; without a host, of localhost")
	flags.IntVar(&c.generate, "generate", 0, "print a file with `n` rows, and import nothing")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	if err := c.check(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "csvimport:", err)
		flags.Usage()
		return c, err
	}
	c.file = flags.Arg(0)
	return c, nil
}

func (c config) check(files []string) error {
	switch {
	case c.batch < 1:
		return fmt.Errorf("-batch %d: want 1 or more", c.batch)
	case c.retries < 0:
		return fmt.Errorf("-retries %d: want 0 or more", c.retries)
	case c.workers < 0:
		return fmt.Errorf("-workers %d: want 0 or more", c.workers)
	case c.timeout < 0:
		return fmt.Errorf("-timeout %v: want 0 or more", c.timeout)
	case c.generate < 0:
		return fmt.Errorf("-generate %d: want 0 or more", c.generate)
	case c.generate > 0 && len(files) > 0:
		return errors.New("-generate prints a file and takes none")
	case c.generate == 0 && len(files) != 1:
		return fmt.Errorf("%d files, want one", len(files))
	}
	return nil
}

func (c config) poolOptions() []millrace.PoolOption {
	opts := []millrace.PoolOption{millrace.WithName("csvimport")}
	if c.workers > 0 {
		opts = append(opts, millrace.WithWorkers(c.workers))
	}
	return opts
}
