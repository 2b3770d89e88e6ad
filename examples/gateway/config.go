package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A config is what the command line asks for.
type config struct {
	settings
	addr   string
	admin  string        // "": no page and no metrics
	slow   time.Duration // 0: a call may take for ever
	traces bool
	load   time.Duration // 0: serve
}

// settings are those of a gateway.
type settings struct {
	tenants []string
	workers int           // calls at the backend at once
	queue   int           // more that may wait
	rate    float64       // calls of a tenant that may start in a second
	burst   int           // calls of a tenant that may start at once, after a rest
	retries int           // attempts after the first
	timeout time.Duration // of an attempt
	maxWait time.Duration // of a call for its start
	notice  time.Duration // how long /healthz says 503 before the service stops listening
	drain   time.Duration // how long requests under way then have
	last    time.Duration // how long the answers to those that were ended may take
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: gateway [flags]")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.addr, "addr", "localhost:8080", "listen on `host:port`")
	tenants := flags.String("tenants", "alice,bob,noisy", "serve the tenants of these `names`")
	flags.IntVar(&c.workers, "workers", 8, "at most `n` calls at the backend")
	flags.IntVar(&c.queue, "queue", 96, "let `n` more wait")
	flags.Float64Var(&c.rate, "rate", 100, "start at most `r` calls of a tenant a second")
	flags.IntVar(&c.burst, "burst", 20, "start `n` of them at once, after a rest")
	flags.IntVar(&c.retries, "retries", 3, "try a call that fails `n` times again")
	flags.DurationVar(&c.timeout, "timeout", 500*time.Millisecond, "how long an attempt may take")
	flags.DurationVar(&c.maxWait, "max-wait", time.Second, "how long a call may wait for its start")
	flags.DurationVar(&c.notice, "notice", 0, "how long /healthz says 503 before the service stops listening")
	flags.DurationVar(&c.drain, "drain", 10*time.Second, "how long requests under way have when the service ends")
	flags.StringVar(&c.admin, "admin", "", "serve /debug/millrace and /metrics on `host:port`; without a host, of localhost")
	flags.DurationVar(&c.slow, "slow", time.Second, "log calls that are at the backend for so long; 0 is none")
	flags.BoolVar(&c.traces, "traces", false, "write spans to standard output")
	flags.DurationVar(&c.load, "load", 0, "put load on the service for `duration`, and say what each tenant got")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	c.tenants, c.last = strings.Split(*tenants, ","), min(lastWords, max(c.drain, time.Second))
	if err := c.check(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "gateway:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}

func (c config) check(rest []string) error {
	switch {
	case slices.Contains(c.tenants, ""):
		return errors.New("-tenants: a name is empty")
	case len(slices.Compact(slices.Sorted(slices.Values(c.tenants)))) < len(c.tenants):
		return errors.New("-tenants: a name is there twice")
	case c.workers < 1:
		return fmt.Errorf("-workers %d: want 1 or more", c.workers)
	case c.queue < len(c.tenants):
		return fmt.Errorf("-queue %d: want a place for each tenant", c.queue)
	case !(c.rate > 0):
		return fmt.Errorf("-rate %v: want more than 0", c.rate)
	case c.burst < 1:
		return fmt.Errorf("-burst %d: want 1 or more", c.burst)
	case c.retries < 0:
		return fmt.Errorf("-retries %d: want 0 or more", c.retries)
	case c.timeout <= 0 || c.maxWait <= 0:
		return errors.New("-timeout, -max-wait: want more than 0")
	case c.notice < 0 || c.drain < 0 || c.load < 0 || c.slow < 0:
		return errors.New("-notice, -drain, -load, -slow: want 0 or more")
	case c.traces && c.load > 0:
		return errors.New("-traces goes to standard output, and what -load prints as well: want one of them")
	case len(rest) > 0:
		return fmt.Errorf("there is no use for %q", rest)
	}
	return nil
}
