package jetstream_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// A call ran whose submitter was told neither that the server has it nor how it ended, and its
// outcome is not kept any more: it is not taken back, though the call is in the queue once more.
func TestAbortAfterLostAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "ran", Lease: 500 * time.Millisecond})
	ctx, near := s.ctx, s.near()
	far, p := s.far()
	stop := startWorker(t, near, square)
	c := cluster.NewClient(far)
	if v, err := square.Submit(ctx, c, 2).Await(ctx); v != 4 || err != nil { // its outcomes are followed
		t.Fatalf("Await = %v, %v", v, err)
	}
	p.stall()
	f := square.Submit(ctx, c, 3)
	s.when(near, func(s jetstream.Status) bool { return s.Kept == 2 && idle(s) })
	stop()
	results, err := s.js().Stream(ctx, "MR_ran_RESULTS")
	if err != nil || results.Purge(ctx) != nil {
		t.Fatal("the outcomes cannot be purged", err)
	}
	f.Abort(nil)
	p.cut()
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want ErrUnsure and Failed: it ran", err, f.State())
	}
}

// A worker that lost the lease of a call that it had begun, and has ended since, has seen to it
// that nobody takes the call for one that never ran.
func TestAbortAfterWorkerThatWasCutOffHasEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "ended", Lease: 500 * time.Millisecond})
	ctx, e := s.ctx, s.near()
	back := make(chan bool, 2)
	reconnected := nats.ReconnectHandler(func(*nats.Conn) { back <- true })
	client, cp := s.far(reconnected)
	far, p := s.far(reconnected)
	begun, ended, open := make(chan int, 2), make(chan int, 2), make(chan int)
	task := cluster.Define("task", func(ctx context.Context, stubborn int) (int, error) {
		begun <- 1
		if stubborn > 0 {
			<-open
			return 0, nil
		}
		<-ctx.Done()
		ended <- 1
		return 0, context.Cause(ctx)
	})
	f := task.Submit(ctx, cluster.NewClient(client), 0)
	s.when(client, func(s jetstream.Status) bool { return s.Queued == 1 })
	cp.down() // it is not told that the call has begun
	task.Submit(ctx, cluster.NewClient(e), 1)
	end, wait := serve(far, 2, 0, task)
	<-begun
	<-begun
	end() // it takes no more
	p.down()
	<-ended
	p.up()
	<-back
	close(open)
	_ = wait()
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 0 })
	cp.up()
	<-back
	f.Abort(nil)
	if _, err := f.Await(ctx); f.State() != future.Failed || !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("Await = %v in state %v: it began", err, f.State())
	}
}

// A worker that lost the lease of a call which still runs there, got it once more and gave it
// back, does not deny it.
func TestAbortWhileLostCallGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "goes_on", Lease: 500 * time.Millisecond})
	ctx, e := s.ctx, s.near()
	back := make(chan bool, 1)
	client, cp := s.far(nats.ReconnectHandler(func(*nats.Conn) { back <- true }))
	far, p := s.far()
	begun, lost, open := make(chan int, 2), make(chan int, 2), make(chan int)
	task := cluster.Define("task", func(ctx context.Context, _ int) (int, error) {
		begun <- 1
		<-ctx.Done()
		lost <- 1
		<-open
		return 0, nil
	})
	f := task.Submit(ctx, cluster.NewClient(client), 0)
	s.when(client, func(s jetstream.Status) bool { return s.Queued == 1 })
	cp.down() // it is not told that the call has begun
	end, wait := serve(far, 1, 0, task)
	<-begun
	p.down()
	<-lost
	p.up()
	s.when(e, func(s jetstream.Status) bool { // it waits for the slot
		return len(s.Workers) == 1 && s.Workers[0].Held == 1 && len(s.Workers[0].Running) == 0
	})
	end()
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 1 && s.Workers[0].Held == 0 })
	cp.up()
	<-back
	f.Abort(nil)
	if _, err := f.Await(ctx); f.State() != future.Failed || !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("Await = %v in state %v: it runs", err, f.State())
	}
	close(open)
	_ = wait()
}

// A call that was given back before it began is taken back for sure, whatever worker does not
// answer: it is on record that it is not to start.
func TestAbortOfCallThatWasGivenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "back", Lease: 5 * time.Second})
	ctx, e := s.ctx, s.near()
	e.AwaitAnswers()
	silent, p := s.far()
	_, wait := serve(silent, 1, 0, square)
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 1 })
	p.down()
	begun, open := make(chan int, 2), make(chan int)
	task := cluster.Define("task", func(context.Context, int) (int, error) { begun <- 1; <-open; return 0, nil })
	end, wait2 := serve(s.near(), 1, 1, task)
	c := cluster.NewClient(e)
	task.Submit(ctx, c, 1)
	<-begun
	f := task.Submit(ctx, c, 2)
	held := func(n int) func(jetstream.Status) bool {
		return func(s jetstream.Status) bool {
			return slices.ContainsFunc(s.Workers, func(w jetstream.WorkerStatus) bool { return len(w.Running) == 1 && w.Held == n })
		}
	}
	s.when(e, held(2))
	end()
	s.when(e, held(1))
	f.Abort(nil)
	if _, err := f.Await(ctx); f.State() != future.Cancelled || !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("Await = %v in state %v, want ErrAborted and Cancelled", err, f.State())
	}
	close(open)
	if err := wait2(); err != nil {
		t.Errorf("Serve = %v", err)
	}
	p.up()
	_ = wait()
}

// A call that is on record as not to start is ended by the worker that gets it: the client that wrote
// so may be gone. Another abort believes the record, too.
func TestCallThatIsNotToStart(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "forbidden", Lease: 5 * time.Second})
	ctx, e := s.ctx, s.near()
	begun := make(chan int, 1)
	task := cluster.Define("task", func(context.Context, int) (int, error) { begun <- 1; return 0, nil })
	js := s.js()
	forbidden := func(id string) *future.Future[int] {
		f := task.Submit(ctx, cluster.NewClient(e), 1, cluster.WithID(id))
		s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
		record := "mr.forbidden.n.x." + base64.RawURLEncoding.EncodeToString([]byte(id))
		if _, err := js.Publish(ctx, record, []byte("-1")); err != nil {
			t.Fatal(err)
		}
		return f
	}
	ended := forbidden("one")
	stop := startWorker(t, s.near(), task)
	s.when(e, idle)
	stop()
	if len(begun) > 0 {
		t.Error("it was started")
	}
	aborted := forbidden("two")
	aborted.Abort(nil)
	for name, f := range map[string]*future.Future[int]{"ended": ended, "aborted": aborted} {
		if _, err := f.Await(ctx); f.State() != future.Cancelled || !errors.Is(err, cluster.ErrAborted) {
			t.Errorf("%s: %v in state %v, want ErrAborted and Cancelled", name, err, f.State())
		}
	}
}
