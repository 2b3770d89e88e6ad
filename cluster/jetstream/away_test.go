package jetstream_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// That the queue is full proves nothing of a call that the server may have taken before: its
// answer was lost.
func TestFullAfterLostAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "lost", MaxCalls: 1})
	ctx, near := s.ctx, s.near()
	far, p := s.far()
	stop := startWorker(t, near, square)
	c := cluster.NewClient(far)
	if v, err := square.Submit(ctx, c, 2).Await(ctx); v != 4 || err != nil { // its outcomes are followed
		t.Fatalf("Await = %v, %v", v, err)
	}
	s.when(near, idle)
	p.stall()
	f := square.Submit(ctx, c, 3)
	s.when(near, func(s jetstream.Status) bool { return s.Kept == 2 && idle(s) })
	stop()
	full := square.Submit(ctx, cluster.NewClient(near), 4)
	s.when(near, func(s jetstream.Status) bool { return s.Queued == 1 })
	p.cut()
	if v, err := f.Await(ctx); v != 9 || err != nil {
		t.Errorf("Await = %v, %v in state %v, want 9: it ran", v, err, f.State())
	}
	if full.State().Settled() {
		t.Errorf("the call that fills the queue is %v", full.State())
	}
	stop = startWorker(t, near, square)
	defer stop()
	if v, err := full.Await(ctx); v != 16 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
	s.when(near, idle)
	f = square.Submit(ctx, c, 5)
	if v, err := f.Await(ctx); v != 25 || err != nil {
		t.Errorf("the next call: %v, %v", v, err)
	}
}

// While the server is away, a call that it never got is taken back at once, and of one
// that a worker may run an abort says after two leases that nobody can say.
func TestAbortWhileServerIsAway(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	away := make(chan error, 1)
	e := connect(t, s.URL(), jetstream.Config{Queue: "away", Lease: 500 * time.Millisecond, Options: []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { away <- err }),
	}})
	defer e.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := cluster.NewClient(e)
	queued := square.Submit(ctx, c, 1)
	statusWhen(ctx, t, e, func(s jetstream.Status) bool { return s.Queued == 1 })
	s.Close()
	<-away
	never := square.Submit(ctx, c, 2)
	never.Abort(nil)
	if _, err := never.Await(ctx); !errors.Is(err, cluster.ErrAborted) || never.State() != future.Cancelled {
		t.Errorf("never sent: %v in state %v, want ErrAborted and Cancelled", err, never.State())
	}
	queued.Abort(nil)
	if _, err := queued.Await(ctx); !errors.Is(err, cluster.ErrUnsure) || queued.State() != future.Failed || e.Unsure() != 1 {
		t.Errorf("the server has it: %v in state %v, %d unsure, want ErrUnsure and Failed", err, queued.State(), e.Unsure())
	}
	looping, end := context.WithTimeout(ctx, 10*time.Millisecond)
	defer end()
	for _, err := range square.Map(looping, c, func(yield func(int) bool) {
		for yield(1) {
		}
	}) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an item: %v", err)
		}
	}
}

// The numbers of messages begin anew with a server that has lost what it had. An abort of a
// call from before takes no other out of the queue.
func TestAbortAfterLoss(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	u, _ := url.Parse(s.URL())
	port, _ := strconv.Atoi(u.Port())
	back := make(chan bool, 1)
	old := connect(t, s.URL(), jetstream.Config{Queue: "numbers", Lease: 500 * time.Millisecond, Options: []nats.Option{
		nats.ReconnectHandler(func(*nats.Conn) { back <- true }),
	}})
	defer old.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	f := square.Submit(ctx, cluster.NewClient(old), 1)
	statusWhen(ctx, t, old, func(s jetstream.Status) bool { return s.Queued == 1 })
	s.Close()
	s, err := startAgain("", port)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := connect(t, s.URL(), jetstream.Config{Queue: "numbers"})
	defer e.Close()
	other := square.Submit(ctx, cluster.NewClient(e), 3)
	statusWhen(ctx, t, e, func(s jetstream.Status) bool { return s.Queued == 1 })
	<-back
	f.Abort(nil)
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrUnsure) {
		t.Errorf("the call that was lost: %v, want ErrUnsure", err)
	}
	stop := startWorker(t, e, square)
	defer stop()
	if v, err := other.Await(ctx); v != 9 || err != nil {
		t.Errorf("another one: %v, %v", v, err)
	}
}

// The records of workers may not be kept any more when a call is aborted that a worker began
// which was cut off then: nobody can say that it never ran.
func TestAbortAfterCutForLongerThanKeep(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "cut", Lease: 500 * time.Millisecond, Keep: time.Second})
	ctx, e := s.ctx, s.near()
	back := make(chan bool, 1)
	far, p := s.far(nats.ReconnectHandler(func(*nats.Conn) { back <- true }))
	begun, open := make(chan int, 1), make(chan int)
	stubborn := cluster.Define("stubborn", func(context.Context, int) (int, error) { begun <- 1; return <-open, nil })
	stop := startWorker(t, far, stubborn)
	f := stubborn.Submit(ctx, cluster.NewClient(e), 1)
	<-begun
	p.down()
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 0 })
	f.Abort(nil)
	if _, err := f.Await(ctx); f.State() != future.Failed || !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("Await = %v in state %v: it runs", err, f.State())
	}
	p.up()
	<-back
	close(open)
	stop()
}

// A server that comes back without anything it had gets the queue again, as it was: calls that
// run end, and new ones run, without new connections.
func TestServerThatLostAll(t *testing.T) {
	t.Parallel() // it waits
	s := startServer(t)
	u, _ := url.Parse(s.URL())
	port, _ := strconv.Atoi(u.Port())
	cfg := jetstream.Config{Queue: "all", Lease: 8 * time.Second, MaxCalls: 100}
	e, we := connect(t, s.URL(), cfg), connect(t, s.URL(), cfg)
	defer e.Close()
	defer we.Close()
	begun, open := make(chan int, 2), make(chan int)
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		begun <- 1
		select {
		case <-open:
			return 1, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
	stop := startWorker(t, we, square, wait)
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := cluster.NewClient(e)
	for n := range 20 { // numbers that will come again
		if v, err := square.Submit(ctx, c, n).Await(ctx); v != n*n || err != nil {
			t.Fatalf("Await = %v, %v", v, err)
		}
	}
	running, named := wait.Submit(ctx, c, 1), wait.Submit(ctx, c, 1, cluster.WithID("one"))
	<-begun
	s.Close()
	s, err := startAgain("", port)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	time.Sleep(cfg.Lease + cfg.Lease/4) // what runs keeps its lease: nobody else can have it
	close(open)
	if v, err := running.Await(ctx); v != 1 || err != nil {
		t.Errorf("a call that ran meanwhile: %v, %v", v, err)
	}
	for n := range 20 {
		if v, err := square.Submit(ctx, c, n, cluster.WithID(strconv.Itoa(n))).Await(ctx); v != n*n || err != nil {
			t.Fatalf("a named call: %v, %v", v, err)
		}
		if v, err := square.Submit(ctx, c, n).Await(ctx); v != n*n || err != nil {
			t.Fatalf("a call: %v, %v", v, err)
		}
	}
	if status, err := e.Status(ctx); err != nil || len(status.Workers) != 1 || status.Lease != cfg.Lease {
		t.Errorf("Status = %+v, %v", status, err)
	}
	if v, err := named.Await(ctx); (v != 1 || err != nil) && !errors.Is(err, cluster.ErrUnsure) {
		t.Errorf("a call that was queued: %v, %v", v, err)
	}
}

// A call that the queue has not handed out is taken back for sure, whoever does not answer.
func TestAbortQueuedBesideSilentWorker(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "silent", Lease: 5 * time.Second})
	ctx, e := s.ctx, s.near()
	e.AwaitAnswers()
	far, p := s.far()
	stop := startWorker(t, far, square)
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 1 })
	p.down()
	f := square.Submit(ctx, cluster.NewClient(e), 3)
	f.Abort(nil)
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Cancelled {
		t.Errorf("Await = %v in state %v, want ErrAborted and Cancelled", err, f.State())
	}
	p.up()
	stop()
}
