package jetstream_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

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
	t.Parallel()
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
	t.Parallel()
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
	client.AwaitVotes()
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

// Aborts at once of calls that have not begun ask the workers together: one message to all, and one
// answer of each.
func TestAbortsAskTogether(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "together", Lease: time.Hour})
	near := s.near()
	near.AwaitAnswers()
	const calls, workers = 40, 3
	fs := s.handOut(near, "MR_together_CALLS", calls)
	for range workers {
		stop := startWorker(t, s.near(), square)
		defer stop()
	}
	s.when(near, func(s jetstream.Status) bool { return len(s.Workers) == workers })
	waiting, release := near.HoldRounds()
	traffic := s.listen("together")
	for _, f := range fs {
		f.Abort(nil)
	}
	for waiting() < calls && s.ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	release()
	for _, f := range fs {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Cancelled {
			t.Errorf("Await = %v in state %v, want ErrAborted and Cancelled", err, f.State())
		}
	}
	for _, want := range []struct {
		what  string
		count int
	}{
		{"mr.together.d", 1}, {"mr.together.a.", 0}, {"votes", workers},
		{"$JS.API.STREAM.INFO.MR_together_RESULTS", 1}, {"$JS.API.STREAM.MSG.DELETE.MR_together_CALLS", calls},
		{"$JS.API.CONSUMER.INFO.MR_together_CALLS.", calls},
	} {
		if n := traffic(want.what); n != want.count {
			t.Errorf("%d aborts cost %d of %s, want %d", calls, n, want.what, want.count)
		}
	}
}

// handOut submits calls, and takes them from the queue as a worker does that says nothing of itself.
func (s *site) handOut(e *jetstream.Engine, stream string, calls int) (fs []*future.Future[int]) {
	s.t.Helper()
	c := cluster.NewClient(e)
	for n := range calls {
		fs = append(fs, square.Submit(s.ctx, c, n))
	}
	s.when(e, func(s jetstream.Status) bool { return s.Queued == calls })
	queue, err := s.js().Consumer(s.ctx, stream, "p1")
	if err != nil {
		s.t.Fatal(err)
	}
	taken, err := queue.Fetch(calls, njs.FetchMaxWait(patience))
	if err != nil {
		s.t.Fatal(err)
	}
	for range calls {
		<-taken.Messages()
	}
	return fs
}

const inboxes = "_INBOX.>" // answers, and what consumers deliver

// listen counts the messages to the server and the queue from now on. The function that it returns says how
// many there were whose subject begins so, or how many votes.
func (s *site) listen(queue string) (count func(what string) int) {
	s.t.Helper()
	nc := dial(s.t, s.url)
	msgs := make(chan *nats.Msg, 100_000)
	for _, subject := range []string{"mr." + queue + ".>", "$JS.API.>", inboxes} {
		if _, err := nc.ChanSubscribe(subject, msgs); err != nil {
			s.t.Fatal(err)
		}
	}
	flush := func() {
		if err := nc.Flush(); err != nil {
			s.t.Fatal(err)
		}
	}
	flush()
	var heard []*nats.Msg
	return func(what string) (n int) {
		flush()
		for len(msgs) > 0 {
			heard = append(heard, <-msgs)
		}
		for _, m := range heard {
			isVote := strings.HasPrefix(string(m.Data), `{"Worker":"mr.`)
			if what == "votes" && isVote || m.Sub.Subject != inboxes && strings.HasPrefix(m.Subject, what) {
				n++
			}
		}
		return n
	}
}

// Aborts of calls that run cost, each, a message to the queue, one to the worker, its answer and the outcome,
// however many there are.
func TestAbortsOfRunningCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "running", Lease: time.Hour}) // nobody is asked twice
	near := s.near()
	const calls = 40
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	worker := s.near()
	worker.AwaitAnswers() // no outcome is sent twice
	_, stop := serve(worker, calls, calls, wait)
	defer func() { _ = stop() }()
	c := cluster.NewClient(near)
	var fs []*future.Future[int]
	for n := range calls {
		fs = append(fs, wait.Submit(s.ctx, c, n))
	}
	for _, f := range fs {
		for f.State() != future.Running && s.ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	_, release := near.HoldRounds()
	defer release()
	traffic := s.listen("running")
	for _, f := range fs {
		f.Abort(nil)
	}
	for _, f := range fs {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Failed {
			t.Errorf("Await = %v in state %v, want ErrAborted and Failed", err, f.State())
		}
	}
	for _, want := range []struct {
		what  string
		count int
	}{
		{"mr.running.d", 0}, {"mr.running.a.", calls}, {"votes", calls}, {"mr.running.r.", calls},
		{"$JS.API.STREAM.MSG.DELETE.MR_running_CALLS", calls}, {"$JS.API.CONSUMER.INFO.MR_running_CALLS.", 0},
	} {
		if n := traffic(want.what); n != want.count {
			t.Errorf("%d aborts cost %d of %s, want %d", calls, n, want.what, want.count)
		}
	}
}
