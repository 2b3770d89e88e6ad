//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"time"
)

// A system is one way to run calls in other processes.
type system struct {
	name  string
	notes string
	// start starts the server and returns it with its address.
	start func(ctx context.Context) (*process, string, error)
	// work is a worker process of four slots, until ctx ends. It prints the number of each
	// call that takes time when it begins.
	work func(ctx context.Context, address string, stdout io.Writer) error
	// connect returns a submitter.
	connect func(ctx context.Context, address string) (client, error)
	// rerun is how long it takes at most until a call of a killed worker runs again, by the
	// system's own settings; 0: longer than is waited for here. Then rescue says how long, by
	// its documentation.
	rerun  time.Duration
	rescue string
}

// A client submits calls and learns what became of them.
type client interface {
	// calls runs n calls of no work, many at once, and returns the sum of their results.
	calls(ctx context.Context, n int) (sum int, err error)
	// begin submits one call.
	begin(ctx context.Context, j job) (handle, error)
	close()
}

// chunked is a client that can send several items in a call.
type chunked interface {
	items(ctx context.Context, n, chunk int) (sum int, err error)
}

// A tidier is a client whose aborted calls may be tried again later, unless they are removed.
type tidier interface{ tidy() error }

// A handle is a call that is out.
type handle interface {
	wait(ctx context.Context) (int, error)
	// abort asks that the call ends. What came of it, wait returns.
	abort(ctx context.Context) error
}

// A job is what a call is about: it returns N times N, after For.
type job struct {
	Client string `json:",omitempty"`
	N      int
	For    time.Duration `json:",omitempty"`
}

const (
	workers = 2
	slots   = 4 // of each
)

var errAborted = errors.New("aborted")

// do does a job, and says when one that takes time begins.
func (j job) do(ctx context.Context, begun func(n int)) (int, error) {
	if j.For > 0 {
		begun(j.N)
		select {
		case <-time.After(j.For):
		case <-ctx.Done():
			return 0, errAborted
		}
	}
	return j.N * j.N, nil
}

var systems = []*system{jetstreamSystem("jetstream", false), jetstreamSystem("jetstream-sync", true), asynqSystem, riverSystem}

func find(name string) *system {
	for _, s := range systems {
		if s.name == name {
			return s
		}
	}
	return nil
}

func systemNames() (names []string) {
	for _, s := range systems {
		names = append(names, s.name)
	}
	return names
}
