//go:build unix

package temporal_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// However often a call is aborted, the server is asked once to end it; and if the server is
// gone, all who wait for the call learn that nobody can say what became of it.
func TestAbortedOften(t *testing.T) {
	p, s := start(t, build(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	e, err := connect(ctx, s, "often", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	task := cluster.Declare[int, int]("wait")
	c := cluster.NewClient(e)
	fs := []*future.Future[int]{
		task.Submit(ctx, c, 1, cluster.WithID("one")), task.Submit(ctx, c, 1, cluster.WithID("one")),
	}
	p.Kill()
	before := runtime.NumGoroutine()
	for range 1000 {
		fs[1].Abort(nil)
	}
	if n := runtime.NumGoroutine() - before; n > 100 {
		t.Errorf("%d goroutines more", n)
	}
	for i, f := range fs {
		if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
			t.Errorf("future %d: %v in state %v, want ErrUnsure and Failed", i, err, f.State())
		}
	}
}

// A server that is lost after it has been asked to end a call leaves its submitter unsure.
func TestServerLostAfterAbort(t *testing.T) {
	p, s := start(t, build(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	e, err := connect(ctx, s, "lost", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	aborted, open := make(chan error, 1), make(chan struct{})
	task := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		aborted <- context.Cause(ctx)
		<-open
		return 0, nil
	})
	w, err := connect(ctx, s, "lost", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	worker := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	serving, end := context.WithCancel(ctx)
	served := make(chan struct{})
	go func() { defer close(served); _ = cluster.Serve(serving, w, worker, task) }()
	defer func() { end(); close(open); _ = w.Close(); <-served; _ = worker.Close() }()
	f := task.Submit(ctx, cluster.NewClient(e), 1)
	for f.State() != future.Running && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	f.Abort(nil)
	if err := <-aborted; !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("cause on the worker = %v, want ErrAborted", err)
	}
	p.Kill()
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want ErrUnsure and Failed", err, f.State())
	}
}
