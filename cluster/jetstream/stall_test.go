package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A connection that stands still is noticed in half a minute, unless the user says otherwise.
func TestConnectionIsWatched(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var ping, write time.Duration
	missed := 0
	e := connect(t, s.URL(), jetstream.Config{Options: []nats.Option{func(o *nats.Options) error {
		ping, missed, write = o.PingInterval, o.MaxPingsOut, o.FlusherTimeout
		return nil
	}}})
	defer e.Close()
	if after := time.Duration(missed+1) * ping; after > 30*time.Second || write > 10*time.Second {
		t.Errorf("it is noticed after %v of silence, and after a write of %v", after, write)
	}
}

// Calls go on when a connection that stood still, and did not end, was noticed.
func TestConnectionStandsStill(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "still", Lease: 5 * time.Second})
	ctx := s.ctx
	e, p := s.far(nats.PingInterval(100 * time.Millisecond))
	we, q := s.far(nats.PingInterval(100 * time.Millisecond))
	stop := startWorker(t, we, square)
	defer stop()
	c := cluster.NewClient(e)
	for n, freeze := range []func(){func() {}, p.freeze, q.freeze, func() { p.freeze(); q.freeze() }} {
		freeze()
		if v, err := square.Submit(ctx, c, n).Await(ctx); v != n*n || err != nil {
			t.Errorf("call %d: %v, %v", n, v, err)
		}
		named := square.Submit(ctx, c, n, cluster.WithID(fmt.Sprint(n)))
		if v, err := named.Await(ctx); v != n*n || err != nil {
			t.Errorf("named call %d: %v, %v", n, v, err)
		}
	}
}

// Of a call whose server does not answer any more an abort says after two leases, and before anything
// else ends it, that the server cannot be reached, though the connection is still there. If this process
// stood still meanwhile, it may say something else, and is asked again.
func TestAbortOnConnectionThatStandsStill(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "mute", Lease: 2 * time.Second})
	for n := 0; !abortsBehindSilence(s, fmt.Sprint(n)); n++ {
		if s.ctx.Err() != nil {
			t.Fatal("the aborts do not say that the server cannot be reached")
		}
	}
}

func abortsBehindSilence(s *site, id string) (said bool) {
	ctx, near := s.ctx, s.near()
	e, p := s.far(nats.PingInterval(time.Hour))
	before := s.when(near, func(jetstream.Status) bool { return true }).Queued
	c := cluster.NewClient(e)
	fs := []*future.Future[int]{square.Submit(ctx, c, 1), square.Submit(ctx, c, 2, cluster.WithID(id))}
	s.when(near, func(s jetstream.Status) bool { return s.Queued >= before+len(fs) })
	p.freeze()
	fs = append(fs, square.Submit(ctx, c, 3)) // given to the connection, and perhaps to the server
	for _, f := range fs {
		f.Abort(nil)
	}
	said = true
	for n, f := range fs {
		_, err := f.Await(ctx)
		if !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
			s.t.Errorf("call %d: %v in state %v, want ErrUnsure and Failed", n, err, f.State())
		}
		said = said && strings.Contains(err.Error(), "the server cannot be reached")
	}
	if n := e.Unsure(); n != len(fs) {
		s.t.Errorf("Unsure = %d, want %d", n, len(fs))
	}
	return said
}

// A worker learns that its leases are lost though what it publishes waits for a connection that
// stands still.
func TestLeaseLostBehindBlockedWrite(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "blocked", Lease: 2 * time.Second}) // long enough for a renewal to come behind the write
	ctx, e := s.ctx, s.near()
	far, p := s.far(nats.FlusherTimeout(time.Hour), nats.PingInterval(time.Hour),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // which would print the write that fails
	begun, lost := make(chan int, 2), make(chan error, 2)
	var frozen, over atomic.Bool
	talk := cluster.Define("talk", func(ctx context.Context, _ int) (int, error) {
		begun <- 1
		d, _ := cluster.FromContext(ctx)
		for !over.Load() {
			if !frozen.Load() {
				time.Sleep(time.Millisecond)
			} else if err := d.Report(strings.Repeat("x", 500<<10)); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}, cluster.Attempts(1))
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		begun <- 1
		<-ctx.Done()
		lost <- context.Cause(ctx)
		return 0, context.Cause(ctx)
	}, cluster.Attempts(1))
	_, stop := serve(far, 2, 0, talk, wait)
	c := cluster.NewClient(e)
	talk.Submit(ctx, c, 1)
	wait.Submit(ctx, c, 1)
	<-begun
	<-begun
	p.freeze()
	frozen.Store(true)
	select {
	case err := <-lost:
		if !errors.Is(err, cluster.ErrLeaseLost) {
			t.Errorf("cause = %v, want ErrLeaseLost", err)
		}
	case <-ctx.Done():
		t.Error("the function is not told that its lease is lost")
	}
	over.Store(true)
	p.cut()
	if err := stop(); err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// What a future says is true wherever in the life of its call the connection of the submitter,
// or of the worker, was lost together with the server's answer.
func TestAnswerLostAtEachPoint(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, test := range []struct{ side, point string }{
		{"client", "CONSUMER.CREATE"}, {"client", "mr.Q.c.1."}, {"client", "STREAM.MSG.DELETE"}, {"client", "CONSUMER.INFO"},
		{"client", "mr.Q.a."}, {"client", "mr.Q.d "}, {"client", "mr.Q.n."}, {"worker", "CONSUMER.MSG.NEXT"}, {"worker", "mr.Q.n."}, {"worker", "mr.Q.r."}, {"worker", "$JS.ACK."},
	} {
		for _, abort := range []bool{false, true} {
			for kind, opts := range map[string][]cluster.CallOption{"plain": nil, "named": {cluster.WithID("one")}} {
				for _, attempts := range []int{1, 3} {
					queue := strings.ToLower(strings.NewReplacer(".", "_", "$", "", " ", "").Replace(
						fmt.Sprintf("%s_%s_%v_%s_%d", test.side, test.point, abort, kind, attempts)))
					t.Run(queue, func(t *testing.T) {
						point := strings.Replace(test.point, "Q", queue, 1)
						answerLost(t, s.URL(), queue, test.side, point, abort, attempts, opts)
					})
				}
			}
		}
	}
}

func answerLost(t *testing.T, url, queue, side, point string, abort bool, attempts int, opts []cluster.CallOption) {
	t.Parallel()
	s := siteOn(t, url, jetstream.Config{Queue: queue, Lease: 2 * time.Second})
	ctx, near := s.ctx, s.near()
	e, cp := s.far()
	we, wp := s.far()
	var begun, settled atomic.Int32
	task := cluster.Define("task", func(ctx context.Context, n int) (int, error) {
		begun.Add(1)
		select {
		case <-time.After(200 * time.Millisecond):
			return n * n, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}, cluster.Attempts(attempts))
	p := cp
	if side == "worker" {
		p = wp
	}
	p.stallAt(point)
	var running sync.WaitGroup
	defer running.Wait()
	ended, end := context.WithCancel(ctx)
	defer end()
	running.Go(func() {
		for !p.stalls() && ended.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		p.cut()
	})
	stop := startWorker(t, near, square) // gives the call back
	f := task.Submit(ctx, cluster.NewClient(e), 7, opts...)
	f.OnDone(func(*future.Future[int]) { settled.Add(1) })
	time.Sleep(50 * time.Millisecond)
	stop()
	running.Go(func() {
		for p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1)); ended.Err() == nil; { // a Serve that cannot begin says so
			_ = cluster.Serve(ended, we, p, task)
		}
	})
	if abort {
		time.Sleep(100 * time.Millisecond)
		f.Abort(nil)
	}
	v, err := f.Await(ctx)
	end()
	running.Wait()
	n := int(begun.Load())
	switch s := f.State(); {
	case !s.Settled():
		t.Errorf("never settles: %v", err)
	case settled.Load() > 1:
		t.Errorf("settled %d times", settled.Load())
	case n > attempts:
		t.Errorf("begun %d times of %d", n, attempts)
	case s == future.Succeeded && (v != 49 || n == 0):
		t.Errorf("Await = %d after %d starts", v, n)
	case s == future.Cancelled && (n > 0 || !abort && !errors.Is(err, context.DeadlineExceeded)):
		t.Errorf("cancelled with %v after %d starts", err, n)
	case s == future.Failed && !errors.Is(err, cluster.ErrLost) && !abort:
		t.Errorf("failed: %v", err)
	}
	t.Logf("%v after %d starts: %v", f.State(), n, err)
}

// A Submit with an id, and a Join, go on when the answer to what they ask first was lost together
// with the connection.
func TestAnswerLostToNamedCall(t *testing.T) {
	t.Parallel() // it waits for requests to end by time
	s := newSite(t, jetstream.Config{Queue: "asked"})
	stop := startWorker(t, s.near(), square)
	defer stop()
	e, p := s.far()
	c := cluster.NewClient(e)
	cutAt := func(point string) {
		p.stallAt(point)
		go func() {
			for !p.stalls() && s.ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			p.cut()
		}()
	}
	cutAt("DIRECT.GET.MR_asked_RESULTS")
	if v, err := square.Submit(s.ctx, c, 3, cluster.WithID("one")).Await(s.ctx); v != 9 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
	cutAt("DIRECT.GET.MR_asked_RESULTS")
	if v, err := square.Join(s.ctx, c, "one").Await(s.ctx); v != 9 || err != nil {
		t.Errorf("Await of a call that was joined = %v, %v", v, err)
	}
	cutAt("STREAM.MSG.GET.MR_asked_CALLS")
	if _, err := square.Join(s.ctx, c, "none").Await(s.ctx); !errors.Is(err, cluster.ErrNoCall) {
		t.Errorf("Await of a call that is not there = %v, want ErrNoCall", err)
	}
}

// What a busy worker has not begun, one that has room can run: all but the call that waits at
// its door.
func TestBusyWorkerLeavesCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "busy"})
	ctx, e, busy, free := s.ctx, s.near(), s.near(), s.near()
	begun, open := make(chan int, 500), make(chan int)
	task := cluster.Define("task", func(_ context.Context, long int) (int, error) {
		if long > 0 {
			begun <- 1
			<-open
		}
		return 0, nil
	})
	c := cluster.NewClient(e)
	await := func(fs []*future.Future[int], but int) {
		t.Helper()
		for f := range future.AsCompleted(ctx, fs...) {
			if _, err := f.Await(ctx); err != nil {
				t.Errorf("Await = %v", err)
			}
			if but++; but == len(fs) {
				return
			}
		}
		t.Errorf("%d calls of %d have ended", but, len(fs))
	}
	var fs []*future.Future[int]
	add := func(n, long int) {
		for range n {
			fs = append(fs, task.Submit(ctx, c, long))
		}
	}
	add(300, 0) // which it fetches in dozens
	add(1, 1)
	add(100, 0)
	_, stop := serve(busy, 1, 0, task)
	<-begun
	_, stop2 := serve(free, 4, 0, task)
	await(fs, 2)
	close(open) // for each start: the lease of the call may be lost
	await(fs, 0)
	if err := errors.Join(stop(), stop2()); err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// A worker that begins while the server does not answer waits for it, as it does later, until its context ends or
// the engine is closed.
func TestServeBesideSilentServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "silent", Lease: time.Second})
	silent := func() (*jetstream.Engine, *proxy) {
		e, p := s.far(nats.PingInterval(time.Hour))
		p.freeze()
		return e, p
	}
	e, p := silent()
	defer startWorker(t, e, square)()
	ended, _ := silent()
	ended.PartWithin(time.Millisecond)
	if _, wait := serve(ended, 1, 1, square); wait() != nil {
		t.Error("Serve fails at the end of its context")
	}
	closed, _ := silent()
	served := make(chan error, 1)
	go func() {
		served <- cluster.Serve(s.ctx, closed, pool.New(millrace.WithWorkers(1), millrace.WithQueue(1)), square)
	}()
	_ = closed.Close()
	if <-served == nil {
		t.Error("Serve = nil, and its engine is closed")
	}
	p.cut()
	if v, err := square.Submit(s.ctx, cluster.NewClient(s.near()), 3).Await(s.ctx); v != 9 || err != nil {
		t.Errorf("Await = %v, %v, want 9", v, err)
	}
}
