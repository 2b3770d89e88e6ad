package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"time"
)

// A config is what the command line asks for.
type config struct {
	engine  string // local, embedded, temporal or a URL
	workers int    // processes to start
	slots   int    // files that each hashes at once
	chunk   int    // files in a call
	timeout time.Duration
	queue   string
	worker  bool
	eof     bool   // a worker ends when its standard input does
	server  string // the address of a server to run; "": none
	dir     string // of its store
	roots   []string
}

const (
	engineLocal    = "local"
	engineEmbedded = "embedded"
	engineTemporal = "temporal"
)

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: cluster [flags] path...")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.engine, "engine", engineEmbedded, "run on `engine`: local, embedded, nats://host:port, or temporal://host:port/namespace")
	flags.IntVar(&c.workers, "workers", 2, "start `n` worker processes")
	flags.IntVar(&c.slots, "slots", 4, "hash `n` files at once in each")
	flags.IntVar(&c.chunk, "chunk", 16, "send `n` files in one call")
	flags.DurationVar(&c.timeout, "timeout", 0, "give up after `duration`; 0 is never")
	flags.StringVar(&c.queue, "queue", "hash", "the `name` of the queue")
	flags.BoolVar(&c.worker, "worker", false, "be a worker")
	flags.BoolVar(&c.eof, "eof", false, "end a worker when its standard input ends")
	flags.StringVar(&c.server, "server", "", "be a server on `host:port`")
	flags.StringVar(&c.dir, "dir", "", "store the server's queues in `directory`")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	c.roots = flags.Args()
	if err := c.check(); err != nil {
		fmt.Fprintln(stderr, "cluster:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}

// maxWorkers bounds the processes that one machine is to start.
const maxWorkers = 1000

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (c config) check() error {
	switch {
	case c.workers < 0 || c.workers > maxWorkers || c.slots < 1 || c.chunk < 1 || c.timeout < 0:
		return errors.New("-workers, -slots, -chunk or -timeout out of range")
	case !queueName.MatchString(c.queue):
		return fmt.Errorf("-queue %q: want letters, digits, - and _, at most 64", c.queue)
	case c.server != "":
		return nil
	case c.worker && (c.engine == engineLocal || c.engine == engineEmbedded):
		return errors.New("a worker needs a server: -engine nats://host:port, or temporal")
	case !c.worker && len(c.roots) == 0:
		return errors.New("no path")
	case c.workers == 0 && c.engine == engineEmbedded:
		return errors.New("-workers 0 is for a server elsewhere: none could find the one in this process")
	}
	return nil
}
