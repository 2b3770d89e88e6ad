package jetstream_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// However often a call is aborted, it is asked to end once.
func TestAbortedOften(t *testing.T) {
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "often"})
	defer e.Close()
	begun, open := make(chan int, 1), make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; return <-open, nil })
	stop := startWorker(t, e, wait)
	defer stop()
	f := wait.Submit(t.Context(), cluster.NewClient(e), 1)
	<-begun
	before := runtime.NumGoroutine()
	for range 1000 {
		f.Abort(nil)
	}
	if n := runtime.NumGoroutine() - before; n > 100 {
		t.Errorf("%d goroutines more", n)
	}
	open <- 1
	if v, err := f.Await(t.Context()); v != 1 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
}

// A worker is on record for as long as it is there, however short outcomes are kept: who
// aborts a call asks those on record whether they have it.
func TestAbortWithShortKeep(t *testing.T) {
	s := startServer(t)
	cfg := jetstream.Config{Queue: "short", Keep: 2 * time.Second}
	e, other := connect(t, s.URL(), cfg), connect(t, s.URL(), cfg)
	defer e.Close()
	defer other.Close()
	begun := make(chan struct{}, 1)
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	stop := startWorker(t, e, wait)
	defer stop()
	wait.Submit(t.Context(), cluster.NewClient(e), 1, cluster.WithID("one"))
	<-begun
	time.Sleep(cfg.Keep + cfg.Keep/3)
	f := wait.Join(t.Context(), cluster.NewClient(other), "one")
	f.Abort(nil)
	if _, err := f.Await(t.Context()); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want ErrAborted and Failed: it runs", err, f.State())
	}
}

// An abort of a call that is known to run asks its worker, and others only if that does not answer.
func TestAbortAsksOneWorker(t *testing.T) {
	s := newSite(t, jetstream.Config{Queue: "alone"})
	e := s.near()
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	for range 5 {
		stop := startWorker(t, e, wait)
		defer stop()
	}
	nc := dial(t, s.url)
	said, err := nc.SubscribeSync("mr.alone.>")
	if err != nil || nc.Flush() != nil {
		t.Fatal(err)
	}
	client := s.near() // not that of a worker
	for _, opts := range [][]cluster.CallOption{nil, {cluster.WithID("named")}} {
		f := wait.Submit(s.ctx, cluster.NewClient(client), 1, opts...)
		for f.State() != future.Running && s.ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		f.Abort(nil)
		asked := map[string]int{}
		for kind := ""; kind != "r"; { // the outcome comes after all questions
			m, err := said.NextMsgWithContext(s.ctx)
			if err != nil {
				t.Fatal(err)
			}
			kind = strings.Split(m.Subject, ".")[2]
			asked[kind]++
			if asked["d"] > asked["a"] {
				t.Fatalf("with %d options: all workers are asked: %s", len(opts), m.Subject)
			}
		}
		if asked["a"] == 0 {
			t.Errorf("with %d options: its worker is not asked", len(opts))
		}
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Failed {
			t.Errorf("Await = %v in state %v, want ErrAborted and Failed", err, f.State())
		}
	}
}

// Aborts at once of calls that have not begun ask the workers together, not each by itself.
func TestAbortsAskTogether(t *testing.T) {
	s := newSite(t, jetstream.Config{Queue: "together"})
	near := s.near()
	nc := dial(t, s.url)
	said, err := nc.SubscribeSync("mr.together.d")
	if err != nil || nc.Flush() != nil {
		t.Fatal(err)
	}
	const calls = 40
	var fs []*future.Future[int]
	c := cluster.NewClient(near)
	for n := range calls {
		fs = append(fs, square.Submit(s.ctx, c, n))
	}
	s.when(near, func(s jetstream.Status) bool { return s.Queued == calls })
	queue, err := s.js().Consumer(s.ctx, "MR_together_CALLS", "p1")
	if err != nil {
		t.Fatal(err)
	}
	taken, err := queue.Fetch(calls) // by a worker that says nothing of itself
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < calls; n++ {
		<-taken.Messages()
	}
	for _, f := range fs {
		f.Abort(nil)
	}
	for _, f := range fs {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) {
			t.Errorf("Await = %v, want ErrAborted", err)
		}
	}
	if n, _, _ := said.Pending(); n == 0 || n >= calls {
		t.Errorf("%d aborts asked all workers %d times", calls, n)
	}
}
