package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// work is a worker: it hashes what the queue has, until ctx ends; or, with -eof,
// standard input, which is how it notices that the process which started it is gone.
func work(ctx context.Context, c config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.eof {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	s, err := connect(ctx, c)
	if err != nil && ctx.Err() != nil {
		return nil // before there was a server
	}
	if err != nil {
		return err
	}
	defer s.close()
	p := newPool(c.slots)
	defer p.Close()
	return cluster.Serve(ctx, s.engine, p, hash)
}

// serve is a server, until ctx ends.
func serve(ctx context.Context, c config, stdout io.Writer) error {
	host, port, err := net.SplitHostPort(c.server)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("port %w", err)
	}
	var opts []embedded.Option
	if host != "" {
		opts = append(opts, embedded.Listen(host))
	}
	s, err := embedded.Start(c.dir, int(n), opts...)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintln(stdout, s.URL())
	<-ctx.Done()
	return nil
}

// workerProcesses are the worker processes that this one has started.
type workerProcesses struct {
	exe     string
	args    []string
	stderr  io.Writer
	ending  chan struct{}
	running sync.WaitGroup
}

// startWorkers starts the processes, and starts again those that die. It returns
// what ends them and waits until they have ended.
func startWorkers(c config, url string, stderr io.Writer) (stop func(), err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &workerProcesses{
		exe: exe, stderr: stderr, ending: make(chan struct{}),
		args: []string{"-worker", "-eof", "-engine", url, "-queue", c.queue, "-slots", strconv.Itoa(c.slots)},
	}
	for range c.workers {
		w.running.Go(w.keep)
	}
	return func() { close(w.ending); w.running.Wait() }, nil
}

// restartAfter keeps a worker that cannot start from being started all the time.
const restartAfter = 200 * time.Millisecond

// keep runs one worker process after the other.
func (w *workerProcesses) keep() {
	for {
		if err := w.once(); err != nil {
			fmt.Fprintln(w.stderr, "cluster: a worker:", err)
		}
		select {
		case <-w.ending:
			return
		case <-time.After(restartAfter):
		}
	}
}

// once runs a worker process until it ends, or all of them are to end. It returns nil in
// the latter case.
func (w *workerProcesses) once() error {
	cmd := exec.Command(w.exe, w.args...)
	cmd.Stderr = w.stderr
	in, err := cmd.StdinPipe() // closed when this process ends, however that is
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-w.ending:
		_ = in.Close()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		return nil
	}
	select {
	case <-w.ending: // an interrupt reaches all processes of a terminal
		return nil
	default:
		return err
	}
}
