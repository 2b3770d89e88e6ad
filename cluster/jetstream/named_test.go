package jetstream_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// An id that was aborted may be used again when its outcome is no longer kept, though the
// workers have refused the call that was aborted.
func TestSameIDAfterAbort(t *testing.T) {
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "again", Keep: 2 * time.Second})
	defer e.Close()
	begun, open := make(chan int, 4), make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 1, nil })
	stop := startWorker(t, e, wait, square)
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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

// Each of those who wait for a call is told of its progress once.
func TestProgressOfSameID(t *testing.T) {
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "news"})
	defer e.Close()
	open := make(chan int)
	task := cluster.Define("report", func(ctx context.Context, n int) (int, error) {
		<-open
		d, _ := cluster.FromContext(ctx)
		for i := range n {
			_ = d.Report(i)
		}
		return n, nil
	})
	stop := startWorker(t, e, task)
	defer stop()
	c := cluster.NewClient(e)
	var mu sync.Mutex
	var told [3]int
	var fs []*future.Future[int]
	for i := range told {
		fs = append(fs, task.Submit(t.Context(), c, 5, cluster.WithID("one"), cluster.OnProgress(func(int) {
			mu.Lock()
			defer mu.Unlock()
			told[i]++
		})))
	}
	close(open)
	if _, err := future.All(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for i, n := range told {
		if n > 5 {
			t.Errorf("submitter %d is told %d times of 5 reports", i, n)
		}
	}
}

// Who asks for a call that runs already learns that it does.
func TestJoinedCallRuns(t *testing.T) {
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "joined"})
	defer e.Close()
	begun, open := make(chan int, 1), make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 1, nil })
	stop := startWorker(t, e, wait)
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first := wait.Submit(ctx, cluster.NewClient(e), 1, cluster.WithID("one"))
	<-begun
	running := func(f *future.Future[int]) {
		for f.State() != future.Running && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	running(first) // from now on nobody is told by itself
	for name, f := range map[string]*future.Future[int]{
		"joined":    wait.Join(ctx, cluster.NewClient(e), "one"),
		"submitted": wait.Submit(ctx, cluster.NewClient(e), 1, cluster.WithID("one")),
	} {
		running(f)
		if s := f.State(); s != future.Running {
			t.Errorf("%s: %v, want running", name, s)
		}
	}
	close(open)
	if v, err := first.Await(ctx); v != 1 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
}

// Named calls that wait for long cost the server nothing while the connection is there: what
// becomes of them comes by itself.
func TestNamedCallsWait(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits some seconds")
	}
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "patient"})
	defer e.Close()
	nc := dial(t, s.URL())
	asked, err := nc.SubscribeSync("$JS.API.DIRECT.GET.MR_patient_RESULTS.>")
	if err != nil {
		t.Fatal(err)
	}
	c := cluster.NewClient(e)
	const calls = 50
	for n := range calls {
		square.Submit(t.Context(), c, n, cluster.WithID(strconv.Itoa(n)))
	}
	time.Sleep(7 * time.Second)
	if n, _, err := asked.Pending(); n > calls || err != nil {
		t.Errorf("the server was asked %d times for the outcomes of %d calls, %v", n, calls, err)
	}
}

// A slowContext waits at its first Deadline, which the engine asks for when it has noted the call
// and before it submits it.
type slowContext struct {
	context.Context
	once          *sync.Once
	reached, goOn chan struct{}
}

func slow(ctx context.Context) slowContext {
	return slowContext{ctx, new(sync.Once), make(chan struct{}), make(chan struct{})}
}

func (c slowContext) Deadline() (time.Time, bool) {
	c.once.Do(func() { close(c.reached); <-c.goOn })
	return c.Context.Deadline()
}

// What becomes of one submit of an id is not what becomes of another one that is on its way: the
// queue may have room by then.
func TestSameIDRefused(t *testing.T) {
	for name, refuse := range map[string]func(ctx context.Context, c *cluster.Client) (*future.Future[int], error){
		"full": func(ctx context.Context, c *cluster.Client) (*future.Future[int], error) {
			return square.Submit(ctx, c, 3, cluster.WithID("one")), cluster.ErrFull
		},
		"not there": func(ctx context.Context, c *cluster.Client) (*future.Future[int], error) {
			return square.Join(ctx, c, "one"), cluster.ErrNoCall
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, jetstream.Config{Queue: "refused", MaxCalls: 1})
			e := s.near()
			c := cluster.NewClient(e)
			first := square.Submit(s.ctx, c, 1)
			s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
			ctx := slow(s.ctx)
			submitted := make(chan *future.Future[int], 1)
			go func() { submitted <- square.Submit(ctx, c, 3, cluster.WithID("one")) }()
			<-ctx.reached
			f, want := refuse(s.ctx, c)
			if _, err := f.Await(s.ctx); !errors.Is(err, want) {
				t.Errorf("the refused one: %v, want %v", err, want)
			}
			stop := startWorker(t, e, square)
			defer stop()
			if _, err := first.Await(s.ctx); err != nil {
				t.Fatal(err)
			}
			s.when(e, idle)
			close(ctx.goOn)
			if v, err := (<-submitted).Await(s.ctx); v != 9 || err != nil {
				t.Errorf("the other one: %v, %v, want 9", v, err)
			}
		})
	}
}

// An abort is for all that wait for a call of an id, also if the first of them leaves.
func TestSameIDAborted(t *testing.T) {
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
	if _, err := (<-submitted).Await(s.ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the first one: %v, want that its context was canceled", err)
	}
	if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Cancelled {
		t.Errorf("the other one: %v in state %v, want an abort", err, f.State())
	}
}

// The first outcome of a call that is stored is the outcome: one that is refused, of a worker that
// has lost the lease without knowing, nobody gets.
func TestRefusedOutcomeOfSameID(t *testing.T) {
	s := newSite(t, jetstream.Config{Queue: "zombie"})
	e := s.near()
	f := square.Submit(s.ctx, cluster.NewClient(e), 3, cluster.WithID("one"))
	s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
	late := cluster.Outcome{ID: "x.one", Kind: cluster.Succeeded, Body: []byte("1000")}
	b, err := late.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	m := nats.NewMsg("mr.zombie.r.x." + base64.RawURLEncoding.EncodeToString([]byte("one")))
	m.Data = b
	m.Header.Set(njs.ExpectedLastSubjSeqHeader, "1000")
	if _, err := s.js().PublishMsg(s.ctx, m); err == nil {
		t.Fatal("the outcome was stored")
	}
	stop := startWorker(t, e, square)
	defer stop()
	if v, err := f.Await(s.ctx); v != 9 || err != nil {
		t.Errorf("Await = %v, %v, want 9", v, err)
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
	s := newSite(t, jetstream.Config{Queue: "twice", Lease: time.Second})
	near, other := s.near(), s.near()
	nc := dial(t, s.url)
	asked, err := nc.SubscribeSync("mr.twice.x.>")
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
	s := newSite(t, jetstream.Config{Queue: "unsure", Lease: time.Second})
	near, other, later := s.near(), s.near(), s.near()
	submit := s.loseWorker(t)
	first := submit(near)
	second := submit(other)
	first.Abort(nil)
	_, _ = first.Await(s.ctx)
	third := submit(later)
	third.Abort(nil)
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
	s := newSite(t, jetstream.Config{Queue: "parting", Lease: 500 * time.Millisecond})
	near := s.near()
	e, p := s.far()
	f := square.Submit(s.ctx, cluster.NewClient(e), 1, cluster.WithID("one"))
	s.when(near, func(s jetstream.Status) bool { return s.Queued == 1 })
	p.stallAt("mr.parting.r.")
	f.Abort(nil)
	for !p.stalls() && s.ctx.Err() == nil {
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
				s := newSite(t, jetstream.Config{Queue: "cut"})
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
