//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// clock says why a server without clients is not quite idle.
const clock = ". The server looks at the clock ten times a second once it keeps a queue, which is most of what it uses when it is idle"

// envLease has another lease than lease's.
const envLease = "MILLRACE_BENCH_LEASE"

// lease is that of the queue: what is killed is missed after it. The tests, which kill nothing, set a
// longer one: a machine may stand still for seconds.
func lease() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(envLease)); err == nil {
		return d
	}
	return 2 * time.Second
}

func jetstreamSystem(name string, sync bool) *system {
	s := &system{name: name, notes: "millrace on the embedded server, synced by NATS's default: every two minutes" + clock, work: workJetstream, connect: connectJetstream, rerun: 10 * lease()}
	if sync {
		s.notes = "the same, each write synced to the disk before it is acknowledged"
	}
	s.start = func(ctx context.Context) (p *process, address string, err error) {
		dir := ""
		if sync {
			if dir, err = os.MkdirTemp("", "millrace-bench-*"); err != nil {
				return nil, "", err
			}
		}
		remove := func() { _ = os.RemoveAll(dir) }
		defer func() { removeWithout(p, remove) }()
		cmd, err := itself(roleServer, dir)
		if err != nil {
			return nil, "", err
		}
		p, err = startProcess(cmd, remove)
		if err != nil {
			return nil, "", err
		}
		address, err = p.line(ctx)
		return p, address, err
	}
	return s
}

func serveEmbedded(ctx context.Context, dir string, stdout io.Writer) error {
	s, err := embedded.Start(dir, 0)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintln(stdout, s.URL())
	<-ctx.Done()
	return nil
}

// define returns the task; a submitter only declares it.
func define(begun func(int)) *cluster.Task[job, int] {
	return cluster.Define("job", func(ctx context.Context, j job) (int, error) { return j.do(ctx, begun) })
}

func workJetstream(ctx context.Context, address string, stdout io.Writer) error {
	e, err := jetstream.Connect(ctx, address, jetstream.Config{Lease: lease()})
	if err != nil {
		return err
	}
	defer e.Close()
	p := pool.New(millrace.WithWorkers(slots), millrace.WithQueue(slots))
	defer p.Close()
	fmt.Fprintln(stdout, "ready")
	return cluster.Serve(ctx, e, p, define(func(n int) { fmt.Fprintln(stdout, n) }))
}

type jetstreamClient struct {
	e    *jetstream.Engine
	c    *cluster.Client
	task *cluster.Task[job, int]
}

func connectJetstream(ctx context.Context, address string) (client, error) {
	e, err := jetstream.Connect(ctx, address, jetstream.Config{Lease: lease()})
	if err != nil {
		return nil, err
	}
	return &jetstreamClient{e, cluster.NewClient(e), cluster.Declare[job, int]("job")}, nil
}

func (c *jetstreamClient) calls(ctx context.Context, n int) (sum int, err error) {
	return c.items(ctx, n, 1)
}

func (c *jetstreamClient) items(ctx context.Context, n, chunk int) (sum int, err error) {
	in := func(yield func(job) bool) {
		for i := 0; i < n && yield(job{N: i}); i++ {
		}
	}
	for v, err := range c.task.Map(ctx, c.c, in, cluster.WithChunk(chunk)) {
		if err != nil {
			return sum, err
		}
		sum += v
	}
	return sum, nil
}

func (c *jetstreamClient) begin(ctx context.Context, j job) (handle, error) {
	return jetstreamHandle{c.task.Submit(ctx, c.c, j)}, nil
}

func (c *jetstreamClient) close() { _ = c.e.Close() }

type jetstreamHandle struct{ *future.Future[int] }

func (h jetstreamHandle) wait(ctx context.Context) (int, error) {
	v, err := h.Await(ctx)
	if errors.Is(err, cluster.ErrAborted) {
		err = errAborted
	}
	return v, err
}

func (h jetstreamHandle) abort(context.Context) error {
	h.Abort(errAborted)
	return nil
}

// first returns how long it takes from nothing to the first result in one process: a
// server, a worker and a submitter.
func first(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	s, err := embedded.Start("", 0)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	e, err := jetstream.Connect(ctx, s.URL(), jetstream.Config{})
	if err != nil {
		return 0, err
	}
	defer e.Close()
	p := pool.New(millrace.WithWorkers(slots), millrace.WithQueue(slots))
	defer p.Close()
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	task := define(func(int) {})
	go func() { served <- cluster.Serve(serving, e, p, task) }()
	_, err = task.Submit(ctx, cluster.NewClient(e), job{N: 12}).Await(ctx)
	took := time.Since(began)
	stop()
	return took, errors.Join(err, <-served)
}
