package jetstream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// A call ran whose submitter was told neither that the server has it nor how it ended: it is not
// taken back, though the call is in the queue once more.
func TestAbortAfterLostAnswer(t *testing.T) {
	s := newSite(t, jetstream.Config{Queue: "ran", Lease: 500 * time.Millisecond})
	ctx, near := s.ctx, s.near()
	for n := range 5 {
		far, p := s.far()
		stop := startWorker(t, near, square)
		c := cluster.NewClient(far)
		if v, err := square.Submit(ctx, c, 2).Await(ctx); v != 4 || err != nil { // its outcomes are followed
			t.Fatalf("Await = %v, %v", v, err)
		}
		p.stall()
		f := square.Submit(ctx, c, 3)
		s.when(near, func(s jetstream.Status) bool { return s.Kept == 2*(n+1) && idle(s) })
		stop()
		f.Abort(nil)
		p.cut()
		if _, err := f.Await(ctx); !f.State().Settled() || f.State() == future.Cancelled {
			t.Errorf("Await = %v in state %v: it ran", err, f.State())
		}
		js, err := njs.New(dial(t, s.url))
		if err != nil {
			t.Fatal(err)
		}
		calls, err := js.Stream(ctx, "MR_ran_CALLS")
		if err != nil || calls.Purge(ctx) != nil {
			t.Fatal("the queue cannot be purged", err)
		}
	}
}

// A worker that lost the lease of a call that it had begun, and has ended since, has seen to it
// that nobody takes the call for one that never ran.
func TestAbortAfterWorkerThatWasCutOffHasEnded(t *testing.T) {
	s := newSite(t, jetstream.Config{Queue: "ended", Lease: 500 * time.Millisecond})
	ctx, e := s.ctx, s.near()
	back := make(chan bool, 1)
	far, p := s.far(nats.ReconnectHandler(func(*nats.Conn) { back <- true }))
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
	end, wait := serve(far, 2, 0, task)
	c := cluster.NewClient(e)
	f := task.Submit(ctx, c, 0)
	task.Submit(ctx, c, 1)
	<-begun
	<-begun
	end() // it takes no more
	p.down()
	<-ended
	p.up(t)
	<-back
	close(open)
	_ = wait()
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 0 })
	f.Abort(nil)
	if _, err := f.Await(ctx); f.State() != future.Failed || !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("Await = %v in state %v: it began", err, f.State())
	}
}

// A worker that lost the lease of a call which still runs there, got it once more and gave it
// back, does not deny it.
func TestAbortWhileLostCallGoesOn(t *testing.T) {
	s := newSite(t, jetstream.Config{Queue: "goes_on", Lease: 500 * time.Millisecond})
	ctx, e := s.ctx, s.near()
	far, p := s.far()
	lost, open := make(chan int, 2), make(chan int)
	task := cluster.Define("task", func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		lost <- 1
		<-open
		return 0, nil
	})
	end, wait := serve(far, 1, 0, task)
	f := task.Submit(ctx, cluster.NewClient(e), 0)
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 1 && len(s.Workers[0].Running) == 1 })
	p.down()
	<-lost
	p.up(t)
	s.when(e, func(s jetstream.Status) bool { // it waits for the slot
		return len(s.Workers) == 1 && s.Workers[0].Held == 1 && len(s.Workers[0].Running) == 0
	})
	end()
	s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 1 && s.Workers[0].Held == 0 })
	f.Abort(nil)
	if _, err := f.Await(ctx); f.State() != future.Failed || !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("Await = %v in state %v: it runs", err, f.State())
	}
	close(open)
	_ = wait()
}
