package cluster_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A slow is an engine whose Start returns late, and which keeps something for each client from
// then on until the client leaves.
type slow struct {
	cluster.Engine
	starts, open chan int
	kept         atomic.Bool
}

func (e *slow) Start(ctx context.Context, c cluster.Call, done func(cluster.Outcome)) error {
	e.starts <- 1
	<-e.open
	e.kept.Store(true)
	return e.Engine.Start(ctx, c, done)
}

func (e *slow) Leave(string) { e.kept.Store(false) }

// Close may give up on a call that the engine is only about to take: after it, too, the engine
// is told that the client is closed.
func TestCloseBesideStart(t *testing.T) {
	e := &slow{Engine: local.New(nil), starts: make(chan int), open: make(chan int)}
	defer e.Engine.Close()
	c := cluster.NewClient(e)
	submitted := make(chan *future.Future[int])
	go func() { submitted <- Square.Submit(context.Background(), c, 3) }()
	<-e.starts
	ended, end := context.WithCancel(t.Context())
	end()
	if err := c.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Close = %v, want context.Canceled", err)
	}
	close(e.open)
	f := <-submitted
	if _, err := f.Await(t.Context()); !errors.Is(err, cluster.ErrClosed) || !errors.Is(err, cluster.ErrUnsure) {
		t.Errorf("Await = %v, want ErrClosed and ErrUnsure: it still runs", err)
	}
	if e.kept.Load() {
		t.Error("the engine keeps something for a client that is closed")
	}
}

// Of a call that cannot be joined nothing is known: it may have run.
func TestJoinRefused(t *testing.T) {
	p := pool.New(millrace.WithQueue(1))
	defer p.Close()
	e := local.New(p, Square)
	open, closed := cluster.NewClient(e), cluster.NewClient(e)
	if v, err := Square.Submit(t.Context(), open, 3, cluster.WithID("ran")).Await(t.Context()); v != 9 || err != nil {
		t.Fatalf("Await = %v, %v", v, err)
	}
	check := func(by string, f *future.Future[int], want error) {
		_, err := f.Await(t.Context())
		if f.State() != future.Failed || !errors.Is(err, want) || !errors.Is(err, cluster.ErrUnsure) || errors.Is(err, future.ErrCancelled) {
			t.Errorf("%s: %v in state %v, want Failed with %v and ErrUnsure", by, err, f.State(), want)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	check("end of context", Square.Join(ended, open, "ran"), context.Canceled)
	if err := closed.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("closed client", Square.Join(t.Context(), closed, "ran"), cluster.ErrClosed)
	_ = e.Close()
	check("closed engine", Square.Join(t.Context(), open, "ran"), cluster.ErrClosed)
}

// A contrary is an engine that says a call began, and then that it could not start it.
type contrary struct{ cluster.Engine }

var errContrary = errors.New("no")

func (contrary) Start(_ context.Context, c cluster.Call, done func(cluster.Outcome)) error {
	done(cluster.Outcome{ID: c.ID, Kind: cluster.Begun})
	return errContrary
}

// Each future settles, whatever the engine says: one that is running can no longer be cancelled.
func TestStartFailsAfterBegun(t *testing.T) {
	task := cluster.Declare[int, int]("task")
	c := cluster.NewClient(contrary{})
	f := task.Submit(t.Context(), c, 1)
	if r, ok := f.Poll(); !ok || !errors.Is(r.Err, errContrary) || f.State() != future.Failed {
		t.Errorf("Poll() = %v, %v, %v; want that it has failed with the error of Start", r, ok, f.State())
	}
}
