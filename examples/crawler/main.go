// Command crawler visits the pages that can be reached from a page, each once,
// politely: every host has a limit and a rate of its own.
//
//	crawler [-workers n] [-host-limit n] [-host-rate r] [-max n] [-timeout d] url...
//	crawler -demo
//
// It stays on the hosts of the urls it was given. With -demo it visits a small site
// that it serves itself, on three hosts.
//
// It prints the status, the size and the address of each page, sorted by address.
// Pages that could not be had are reported on standard error.
//
// The exit status is 0 if every page could be had, 1 if not, 2 for a wrong usage,
// and 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
)

func main() { console.Main(run) }

// A config is what the command line asks for.
type config struct {
	limits
	workers int
	max     int // pages
	timeout time.Duration
	demo    bool
	starts  []*url.URL
}

// limits are those of a host.
type limits struct {
	atOnce int     // requests
	rate   float64 // requests a second
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	}
	if c.demo {
		site := newDemo(20)
		defer site.close()
		c.starts = site.starts()
	}
	pages, err := crawl(ctx, c)
	if err != nil {
		fmt.Fprintln(stderr, "crawler:", context.Cause(ctx))
		return console.Status(ctx)
	}
	return report(pages, stdout, stderr)
}

// report prints pages, and returns the exit status.
func report(pages []page, stdout, stderr io.Writer) int {
	status := console.OK
	for _, p := range pages {
		if p.err != nil {
			fmt.Fprintln(stderr, "crawler:", p.err)
			status = console.Failed
			continue
		}
		fmt.Fprintf(stdout, "%d %8d  %s\n", p.status, p.bytes, p.url)
		if p.status >= 400 {
			status = console.Failed
		}
	}
	fmt.Fprintln(stderr, "crawler:", console.Count(len(pages), "page"))
	return status
}

// parse reads the command line, and tells stderr what is wrong with it.
func parse(args []string, stderr io.Writer) (c config, err error) {
	flags := flag.NewFlagSet("crawler", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: crawler [flags] url...")
		fmt.Fprintln(stderr, "       crawler [flags] -demo")
		flags.PrintDefaults()
	}
	flags.IntVar(&c.workers, "workers", 32, "at most `n` requests at once")
	flags.IntVar(&c.atOnce, "host-limit", 2, "at most `n` of them to one host")
	flags.Float64Var(&c.rate, "host-rate", 50, "at most `r` requests a second to one host")
	flags.IntVar(&c.max, "max", 1000, "visit at most `n` pages")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "how long a request may take")
	flags.BoolVar(&c.demo, "demo", false, "visit a site of its own")
	if err := flags.Parse(args); err != nil {
		return c, err // which Parse has told
	}
	for _, arg := range flags.Args() {
		u, err := url.Parse(arg)
		if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			err = fmt.Errorf("%q is no address of a page", arg)
		}
		if err != nil {
			fmt.Fprintln(stderr, "crawler:", err)
			return c, err
		}
		c.starts = append(c.starts, u)
	}
	if c.workers < 1 || c.atOnce < 1 || !(c.rate > 0) || c.max < 1 || c.timeout <= 0 || c.demo == (len(c.starts) > 0) {
		err := errors.New("want urls, or -demo, and numbers above 0")
		fmt.Fprintln(stderr, "crawler:", err)
		flags.Usage()
		return c, err
	}
	return c, nil
}
