package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
)

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	}
	p := pool.New(millrace.WithWorkers(c.workers), millrace.WithName("lookup"))
	h := &handler{
		pool: p, log: slog.New(slog.NewTextHandler(stderr, nil)), timeout: c.timeout,
		profile: slow("profile"), orders: slow("orders"), balance: slow("balance"),
	}
	l, err := net.Listen("tcp", c.addr)
	if err == nil {
		fmt.Fprintf(stdout, "listening on http://%s\n", l.Addr())
		err = serve(ctx, l, h, c.drain, lastWords)
	}
	if err != nil {
		fmt.Fprintln(stderr, "lookup:", err)
		return console.Failed
	}
	return console.OK
}

// serve answers requests until ctx ends, and then those that are under way, for
// as long as drain. What is still under way then is ended, and answered with 503.
func serve(ctx context.Context, l net.Listener, h *handler, drain, lastWords time.Duration) error {
	server := &http.Server{Handler: h.routes(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	// The server first: requests under way still have lookups to submit. If it
	// takes too long, the pool's Shutdown ends the lookups that are left.
	drained := server.Shutdown(limit)
	left := h.pool.Shutdown(limit)
	if drained == nil && left == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	return errors.Join(&undrainedError{drain, left}, late(last, server))
}

// lastWords is how long the answers to requests whose lookups were ended may take
// to write: there is nothing left to compute.
const lastWords = 5 * time.Second

// late waits for the last answers, and then closes what connections are left.
func late(ctx context.Context, server *http.Server) error {
	if server.Shutdown(ctx) == nil {
		return nil
	}
	return server.Close()
}

// An undrainedError says that requests were under way after the drain.
type undrainedError struct {
	drain time.Duration
	left  error // what the pool says; nil if the lookups ended on their own
}

func (e *undrainedError) Error() string {
	s := fmt.Sprintf("requests were still under way after -drain %v", e.drain)
	var left *pool.ShutdownError
	if errors.As(e.left, &left) {
		s += fmt.Sprintf(": of their lookups, %s ended and %d never ran", console.Were(left.Running), left.Cancelled)
	}
	return s
}

func (e *undrainedError) Unwrap() error { return e.left }

// slow is a backend that takes its time.
func slow(what string) backend {
	return func(ctx context.Context, user string) (string, error) {
		select {
		case <-time.After(100 * time.Millisecond):
			return what + " of " + user, nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}
