package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/future"
)

// The text of an error, or of the cause of an abort, may be longer than a message. It is cut, and
// what has happened to the call is told all the same.
func TestTextsLongerThanMessages(t *testing.T) {
	t.Parallel()
	s := siteOn(t, startServer(t, embedded.MaxPayload(16<<10)).URL(), jetstream.Config{Queue: "long", Lease: 5 * time.Second})
	e := s.near()
	long := strings.Repeat("\x01", 100<<10)
	begun := make(chan int, 1)
	task := cluster.Define("task", func(ctx context.Context, n int) (int, error) {
		switch n {
		case 0:
			return 0, fmt.Errorf("%w: %s", errOdd, long)
		case 1:
			panic(long)
		}
		begun <- 1
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}, cluster.Errors(errOdd))
	stop := startWorker(t, e, task)
	defer stop()
	c := cluster.NewClient(e)
	if _, err := task.Submit(s.ctx, c, 0).Await(s.ctx); !errors.Is(err, errOdd) {
		t.Errorf("Await = %.100q, want the sentinel", err)
	}
	var pe *future.PanicError
	if _, err := task.Submit(s.ctx, c, 1).Await(s.ctx); !errors.As(err, &pe) {
		t.Errorf("Await = %.100q, want a panic", err)
	}
	running := task.Submit(s.ctx, c, 2)
	<-begun
	queued := task.Submit(s.ctx, c, 2, cluster.WithID("one"))
	for i, f := range []*future.Future[int]{queued, running} {
		want := []future.State{future.Cancelled, future.Failed}[i]
		f.Abort(errors.New(long))
		if _, err := f.Await(s.ctx); f.State() != want || !errors.Is(err, cluster.ErrAborted) || errors.Is(err, cluster.ErrUnsure) {
			t.Errorf("Await = %.100q in state %v, want %v and ErrAborted", err, f.State(), want)
		}
	}
}

// A message as long as the server takes arrives, and of one that is a byte longer its submitter
// learns that it is too large: inputs and outputs, also of a call with the longest id.
func TestLongestMessages(t *testing.T) {
	t.Parallel()
	const most = 16 << 10
	s := siteOn(t, startServer(t, embedded.MaxPayload(most)).URL(), jetstream.Config{Queue: strings.Repeat("q", 64)})
	e := s.near()
	size := cluster.Define("size", func(_ context.Context, s string) (int, error) { return len(s), nil })
	grow := cluster.Define("grow", func(_ context.Context, n int) (string, error) { return strings.Repeat("x", n), nil })
	stop := startWorker(t, e, size, grow)
	defer stop()
	c := cluster.NewClient(e)
	input := func(n int, opts ...cluster.CallOption) (bool, future.State, error) {
		f := size.Submit(s.ctx, c, strings.Repeat("x", n), opts...)
		v, err := f.Await(s.ctx)
		return v == n, f.State(), err
	}
	output := func(n int, opts ...cluster.CallOption) (bool, future.State, error) {
		f := grow.Submit(s.ctx, c, n, opts...)
		v, err := f.Await(s.ctx)
		return len(v) == n, f.State(), err
	}
	for name, test := range map[string]struct {
		call   func(n int, opts ...cluster.CallOption) (bool, future.State, error)
		beyond future.State
		named  bool
	}{
		"input":                 {input, future.Cancelled, false},
		"input of a named call": {input, future.Cancelled, true},
		"output":                {output, future.Failed, false},
		"output of a named one": {output, future.Failed, true},
	} {
		fits, not := most/2, most
		for not-fits > 1 {
			n := (fits + not) / 2
			var opts []cluster.CallOption
			if test.named {
				id := fmt.Sprint(name, n)
				opts = append(opts, cluster.WithID(id+strings.Repeat("i", 512-len(id))))
			}
			switch ok, state, err := test.call(n, opts...); {
			case ok && err == nil:
				fits = n
			case errors.Is(err, cluster.ErrTooLarge) && state == test.beyond:
				not = n
			default:
				t.Fatalf("%s of %d bytes: %v in state %v, want it, or ErrTooLarge and %v", name, n, err, state, test.beyond)
			}
		}
		if fits < most-2048 {
			t.Errorf("%s: %d bytes fit into a message of %d", name, fits, most)
		}
	}
}
