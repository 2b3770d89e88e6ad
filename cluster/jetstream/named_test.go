package jetstream_test

import (
	"context"
	"encoding/base64"
	"errors"
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

// Each of those who wait for a call is told of its progress once.
func TestProgressOfSameID(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "joined"})
	defer e.Close()
	begun, open := make(chan int, 1), make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 1, nil })
	stop := startWorker(t, e, wait)
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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

// A call that was submitted here is there, also if the server has not got it yet. Of one that is refused
// then, Join says that there is none.
func TestJoinBeforeServerHasCall(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "early", MaxCalls: 1})
	e := s.near()
	nc := dial(t, s.url)
	joined := func(id string) (f *future.Future[int]) {
		t.Helper()
		asked, err := nc.SubscribeSync("$JS.API.STREAM.MSG.GET.MR_early_CALLS")
		if err = errors.Join(err, nc.Flush()); err != nil {
			t.Fatal(err)
		}
		release := e.HoldCalls()
		c := cluster.NewClient(e)
		square.Submit(s.ctx, c, 3, cluster.WithID(id))
		there := make(chan *future.Future[int])
		go func() { there <- square.Join(s.ctx, c, id) }()
		if _, err := asked.NextMsgWithContext(s.ctx); err != nil {
			t.Fatal(err)
		}
		release()
		return <-there
	}
	f := joined("one")
	if _, err := joined("two").Await(s.ctx); !errors.Is(err, cluster.ErrNoCall) {
		t.Errorf("joined, and refused by a full queue: %v, want ErrNoCall", err)
	}
	stop := startWorker(t, e, square)
	defer stop()
	if v, err := f.Await(s.ctx); v != 9 || err != nil {
		t.Errorf("joined = %v, %v, want 9", v, err)
	}
}

// Named calls that wait for long cost the server nothing while the connection is there: what
// becomes of them comes by itself.
func TestNamedCallsWait(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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

// The first outcome of a call that is stored is the outcome: one that is refused, of a worker that
// has lost the lease without knowing, nobody gets.
func TestRefusedOutcomeOfSameID(t *testing.T) {
	t.Parallel()
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
	js := s.js()
	for refused := (*njs.APIError)(nil); !errors.As(err, &refused) && s.ctx.Err() == nil; { // the answer may be lost, with the connection
		ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
		_, err = js.PublishMsg(ctx, m)
		cancel()
		if err == nil {
			t.Fatal("the outcome was stored")
		}
	}
	stop := startWorker(t, e, square)
	defer stop()
	if v, err := f.Await(s.ctx); v != 9 || err != nil {
		t.Errorf("Await = %v, %v, want 9", v, err)
	}
}

// A named call that is taken back leaves the queue also if its outcome is there before the server says that
// it is stored: there may be no worker that would find it.
func TestNamedCallThatIsTakenBackLeavesQueue(t *testing.T) {
	t.Parallel()
	s := siteOn(t, startServer(t).URL(), jetstream.Config{Queue: "taken"})
	e := s.near()
	f := square.Submit(s.ctx, cluster.NewClient(e), 1, cluster.WithID("one"))
	s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
	e.NeverRan("x.one")
	if _, err := f.Await(s.ctx); f.State() != future.Cancelled {
		t.Errorf("Await of a call that was taken back: %v in state %v, want Cancelled", err, f.State())
	}
	s.when(e, idle)
}
