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
	h := &handler{pool: p, profile: slow("profile"), orders: slow("orders"), balance: slow("balance")}
	l, err := net.Listen("tcp", c.addr)
	if err == nil {
		fmt.Fprintf(stdout, "listening on http://%s\n", l.Addr())
		err = serve(ctx, l, h, c.drain)
	}
	if err != nil {
		fmt.Fprintln(stderr, "lookup:", err)
		return console.Failed
	}
	return console.OK
}

// serve answers requests until ctx ends, and then those that are under way, for
// as long as drain.
func serve(ctx context.Context, l net.Listener, h *handler, drain time.Duration) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
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
	undrained := server.Shutdown(limit)
	return errors.Join(undrained, h.pool.Shutdown(limit))
}

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
