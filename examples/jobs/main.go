// Command jobs is an HTTP service that runs jobs in the background, and tells how
// far each has come.
//
//	jobs [-addr host:port] [-workers n] [-queue n] [-keep n] [-drain d] [-page host:port]
//
//	POST   /jobs?steps=n  start a job that takes n tenths of a second: 201, and its status;
//	                      429 if the queue is full
//	GET    /jobs          the status of all jobs
//	GET    /jobs/{id}     the status of one: 200 or 404
//	DELETE /jobs/{id}     cancel it, or ask it to end: 202, or 409 if it has ended
//
// With -page another port has a page for operators, at /debug/millrace: the jobs that run
// and wait, and those that have failed.
//
// An interrupt ends the service: it takes no more jobs, and those under way and in
// the queue have -drain to come to their ends. The exit status is 0 if they did, 1
// if not or if it could not listen, and 2 for a wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/millrace-go/millrace/examples/internal/admin"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
)

func main() { console.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("jobs", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "localhost:8080", "listen on `host:port`")
	workers := flags.Int("workers", 4, "run `n` jobs at once")
	queue := flags.Int("queue", 16, "let `n` more wait")
	keep := flags.Int("keep", 100, "remember the last `n` that have ended")
	shown := flags.String("page", "", "show what runs on a page at `host:port`; without a host, of localhost")
	drain := flags.Duration("drain", 10*time.Second, "how long jobs have when the service ends")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case *workers < 1 || *queue < 0 || *keep < 0 || *drain < 0 || flags.NArg() > 0:
		fmt.Fprintln(stderr, "jobs: want at least 1 worker, no negative number, and no arguments")
		return console.Usage
	}
	page, err := admin.Open(*shown, stderr)
	if err == nil {
		defer page.Close()
		err = listen(ctx, *addr, page.Pool(poolOptions(*workers, *queue)...), *keep, *drain, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "jobs:", err)
		return console.Failed
	}
	return console.OK
}

// listen serves at addr until ctx ends.
func listen(ctx context.Context, addr string, p *pool.Pool, keep int, drain time.Duration, stdout io.Writer) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on http://%s\n", l.Addr())
	return serve(ctx, l, p, NewRunner(p, keep), drain, lastWords)
}

// serve serves until ctx ends, and then gives the jobs as long as drain. Their
// progress can be asked for meanwhile; new ones are refused. What is asked last is
// answered within lastWords.
func serve(ctx context.Context, l net.Listener, p *pool.Pool, r *Runner, drain, lastWords time.Duration) error {
	server := &http.Server{Handler: routes(r), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	left := p.Shutdown(limit)
	last, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close()
	}
	return left
}

// lastWords is the most that the last answers may take: there is nothing left to compute.
const lastWords = 5 * time.Second
