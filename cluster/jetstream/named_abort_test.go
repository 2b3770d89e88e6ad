package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// An id that was aborted may be used again when its outcome is no longer kept, though the
// workers have refused the call that was aborted.
func TestSameIDAfterAbort(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "again", Keep: 2 * time.Second})
	defer e.Close()
	begun, open := make(chan int, 4), make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 1, nil })
	stop := startWorker(t, e, wait, square)
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := cluster.NewClient(e)
	for range 4 { // as many as the worker takes
		wait.Submit(ctx, c, 1)
	}
	<-begun
	defer close(open)
	square.Submit(ctx, c, 2, cluster.WithID("again"))
	statusWhen(ctx, t, e, func(s jetstream.Status) bool { return s.Queued+s.Held == 5 }) // the server has them
	other := connect(t, s.URL(), jetstream.Config{Queue: "again"})
	defer other.Close()
	f := square.Join(ctx, cluster.NewClient(other), "again") // which does not know the message
	f.Abort(nil)
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Cancelled {
		t.Fatalf("aborted: %v in state %v", err, f.State())
	}
	for range 4 {
		open <- 1
	}
	for gone := false; !gone && ctx.Err() == nil; {
		_, err := square.Join(ctx, c, "again").Await(ctx)
		gone = errors.Is(err, cluster.ErrNoCall)
	}
	if v, err := square.Submit(ctx, c, 3, cluster.WithID("again")).Await(ctx); v != 9 || err != nil {
		t.Errorf("the same id, later: %v, %v", v, err)
	}
}

// An abort is for all that wait for a call of an id, also if the first of them leaves.
func TestSameIDAborted(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "left"})
	e := s.near()
	c := cluster.NewClient(e)
	inner, cancel := context.WithCancel(s.ctx)
	ctx := slow(inner)
	submitted := make(chan *future.Future[int], 1)
	go func() { submitted <- square.Submit(ctx, c, 3, cluster.WithID("one")) }()
	<-ctx.reached
	f := square.Submit(s.ctx, c, 3, cluster.WithID("one"))
	s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
	f.Abort(nil)
	cancel()
	close(ctx.goOn)
	// The abort may be through before the first one has left.
	if _, err := (<-submitted).Await(s.ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, cluster.ErrAborted) {
		t.Errorf("the first one: %v, want that its context was canceled, or an abort", err)
	}
	if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Cancelled {
		t.Errorf("the other one: %v in state %v, want an abort", err, f.State())
	}
}

// loseWorker returns a function that submits a call, always with the same id. The first time it returns
// when a worker has begun the call, and has died.
func (s *site) loseWorker(t *testing.T) (submit func(e *jetstream.Engine) *future.Future[int]) {
	begun, open := make(chan int, 1), make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 1, nil })
	dies := s.near()
	_, ended := serve(dies, 1, 1, wait)
	t.Cleanup(func() { close(open); _ = ended() })
	first := true
	return func(e *jetstream.Engine) *future.Future[int] {
		f := wait.Submit(s.ctx, cluster.NewClient(e), 1, cluster.WithID("one"))
		if first {
			first = false
			<-begun
			_ = dies.Close()
		}
		return f
	}
}

// A call that was aborted after it began, on a worker that died, is not Cancelled by the abort of
// a second submit of its id.
func TestSameIDAbortedTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "twice", Lease: time.Second})
	near, other := s.near(), s.near()
	nc := dial(t, s.url)
	asked, err := nc.SubscribeSync("mr.twice.d")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	submit := s.loseWorker(t)
	first := submit(near)
	first.Abort(nil)
	if _, err := asked.NextMsgWithContext(s.ctx); err != nil {
		t.Fatal(err)
	}
	second := submit(other)
	second.Abort(nil)
	for name, f := range map[string]*future.Future[int]{"first": first, "second": second} {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Failed {
			t.Errorf("%s: %v in state %v, want that it was aborted and Failed", name, err, f.State())
		}
	}
}

// Of a call that was given up as unsure all that wait for it learn that, and it does not run again:
// an abort of the second call would tell those that waited for the first one that it never ran.
func TestSameIDUnsure(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "unsure", Lease: time.Second})
	near, other, later := s.near(), s.near(), s.near()
	submit := s.loseWorker(t)
	first := submit(near)
	second := submit(other)
	first.Abort(nil)
	_, _ = first.Await(s.ctx)
	third := submit(later)
	for name, f := range map[string]*future.Future[int]{"first": first, "second": second, "third": third} {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
			t.Errorf("%s: %v in state %v, want ErrUnsure and Failed", name, err, f.State())
		}
	}
	s.when(near, idle)
}

// An abort of a named call whose server is lost before it has stored that the call never ran says
// after two leases that nobody can say.
func TestSameIDAbortedAndServerLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "parting", Lease: 500 * time.Millisecond})
	near := s.near()
	e, p := s.far()
	f := square.Submit(s.ctx, cluster.NewClient(e), 1, cluster.WithID("one"))
	s.when(near, func(s jetstream.Status) bool { return s.Queued == 1 })
	p.stallAt("mr.parting.r.")
	f.Abort(nil)
	for !p.stalls() && !f.State().Settled() && s.ctx.Err() == nil { // on a machine that stands still for leases it may be settled
		time.Sleep(time.Millisecond)
	}
	p.down()
	if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want ErrUnsure and Failed", err, f.State())
	}
}

// The client that aborts a call is cut off at one of its requests, before or after the server hears it.
// A second submit of the id meanwhile does not run if one of both says that the call never ran.
func TestSameIDAbortedAndCut(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("requests that are lost wait for their ends")
	}
	for name, point := range map[string]string{
		"read record": ".mr.cut.n.", "read call": "MSG.GET.MR_cut_CALLS", "write record": "HPUB mr.cut.n.",
		"write outcome": "HPUB mr.cut.r.", "delete call": "MSG.DELETE.MR_cut_CALLS",
	} {
		for _, heard := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, heard %t", name, heard), func(t *testing.T) {
				t.Parallel()
				s := newSite(t, jetstream.Config{Queue: "cut", Lease: time.Minute})
				s.abortAndCut(t, point, heard)
			})
		}
	}
}

func (s *site) abortAndCut(t *testing.T, point string, heard bool) {
	begun := make(chan int, 3)
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		begun <- 1
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	near := s.near()
	e, p := s.far()
	first := wait.Submit(s.ctx, cluster.NewClient(e), 1, cluster.WithID("one"))
	s.when(near, func(s jetstream.Status) bool { return s.Queued == 1 })
	p.standAt(point, heard)
	first.Abort(nil)
	for !p.stalls() && first.State() == future.Pending && s.ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	second := wait.Submit(s.ctx, cluster.NewClient(near), 1, cluster.WithID("one"))
	stop := startWorker(t, near, wait)
	defer stop()
	select {
	case <-begun:
		begun <- 1
	case <-second.Done():
	}
	p.cut()
	want := future.Cancelled
	for name, f := range map[string]*future.Future[int]{"first": first, "second": second} {
		_, err := f.Await(s.ctx)
		if len(begun) > 0 {
			want = future.Failed
		}
		if !errors.Is(err, cluster.ErrAborted) || f.State() != want {
			t.Errorf("%s: %v in state %v, want ErrAborted and %v", name, err, f.State(), want)
		}
	}
	if len(begun) > 1 {
		t.Error("it began twice")
	}
}
