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
