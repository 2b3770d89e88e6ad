// Command gateway is an HTTP service in front of a slow backend, for several
// tenants.
//
//	gateway [-addr host:port] [-tenants a,b,c] [-workers n] [-queue n] [-rate r] [-burst n]
//	        [-retries n] [-timeout d] [-max-wait d] [-notice d] [-drain d]
//	        [-admin host:port] [-slow d] [-traces]
//	gateway -load d [-admin host:port]
//
//	curl -H 'X-Tenant: alice' -H 'X-Priority: high' localhost:8080/items/7
//	curl -H 'X-Tenant: alice' localhost:8080/streams/7
//	curl localhost:8080/healthz
//
// The backend is in the process. It has a latency and a capacity, fails now and
// then, and gets slower for all callers when more is asked of it than it can do.
//
// # Admission
//
// No more than -workers calls are at the backend, and as many more as -queue wait.
// Tenants take turns. Each starts at most -rate calls a second, after a burst, and
// has its share of the queue. A call with X-Priority: high comes before others, one
// with low behind them. A call that fails is tried again -retries times, with
// growing pauses, in which it holds nothing. An attempt may take -timeout, and a
// call may wait -max-wait for its start.
//
// A stream holds one of the -workers until it has ended or its client is gone.
//
// # Answers
//
//	200  what the backend says; X-Attempts says how many attempts it took
//	400  no tenant, or no such priority
//	403  an unknown tenant
//	429  the tenant's share of the queue is full, or the whole queue; Retry-After says when to come back
//	500  the call has panicked
//	502  the backend has failed, every time
//	503  the call has waited for -max-wait, or the service ends
//	504  the backend took longer than -timeout, every time
//
// # Its end
//
// At an interrupt /healthz says 503, so that no new clients are sent, for as long
// as -notice. Then the service stops listening, and requests under way have -drain
// to come to their ends. The exit status is 0 if they did, 1 if not or if it could
// not listen, and 2 for a wrong usage.
//
// # What it shows of itself
//
// With -admin another port serves the page of package observe at /debug/millrace: what
// runs, what waits and for how long, and what has failed. At /metrics are metrics for
// Prometheus. With -traces each request is a span on standard output, a line of JSON,
// and so is each attempt of its call, in it; a traceparent header is respected. The log
// on standard error has what went wrong at the backend, panics, calls that are there for
// -slow, and that the queue is full.
//
// # Load
//
// With -load it does not serve, but puts load on itself for as long, over real
// connections, and then on the same service without millrace: two polite tenants
// and one that asks for much more than the backend can do. It prints what each
// tenant got.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/millrace-go/millrace/examples/internal/admin"
	"github.com/millrace-go/millrace/examples/internal/console"
)

func main() { console.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	}
	if c.load > 0 {
		err = compare(ctx, c, stdout, stderr)
	} else {
		err = listen(ctx, c, stdout, stderr)
	}
	switch {
	case err != nil && ctx.Err() != nil && c.load > 0:
		fmt.Fprintln(stderr, "gateway:", context.Cause(ctx))
		return console.Status(ctx)
	case err != nil:
		fmt.Fprintln(stderr, "gateway:", err)
		return console.Failed
	}
	return console.OK
}

// listen serves until ctx ends.
func listen(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	t, err := c.telemetry(log, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	g := newGateway(c.settings, newBackend(c.workers), log, t)
	stop, err := c.show(t, stderr)
	if err != nil {
		return err
	}
	defer stop()
	l, err := net.Listen("tcp", c.addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on http://%s\n", l.Addr())
	return g.serve(ctx, l)
}

// telemetry returns that of the service.
func (c config) telemetry(log *slog.Logger, stdout io.Writer) (*telemetry, error) {
	if !c.traces {
		stdout = nil
	}
	return newTelemetry(log, c.slow, stdout)
}

// show serves what there is to see on the port for administrators, if there is to be
// one, until stop is called.
func (c config) show(t *telemetry, stderr io.Writer) (stop func(), err error) {
	if c.admin == "" {
		return func() {}, nil
	}
	url, stop, err := admin.Serve(c.admin, t.routes())
	if err == nil {
		fmt.Fprintf(stderr, "gateway: %s%s and %s/metrics\n", url, admin.Path, url)
	}
	return stop, err
}
