package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// An engine whose connection the server does not take any more says so: to Serve, and to those
// who wait for calls.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := embedded.Start(dir, 0, embedded.Token("one"))
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(s.URL())
	port, _ := strconv.Atoi(u.Port())
	e := connect(t, s.URL(), jetstream.Config{
		Queue: "token", Lease: 500 * time.Millisecond,
		Options: []nats.Option{nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})}, // which would print it
	})
	defer e.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	begun := make(chan struct{}, 1)
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	served := make(chan error, 1)
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	go func() { served <- cluster.Serve(ctx, e, p, wait) }()
	f := wait.Submit(ctx, cluster.NewClient(e), 1)
	<-begun
	s.Close()
	if s, err = startAgain(dir, port, embedded.Token("two")); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrClosed) || !errors.Is(err, cluster.ErrUnsure) {
		t.Errorf("Await = %v, want ErrClosed and ErrUnsure", err)
	}
	select {
	case err := <-served:
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("Serve = %v, want ErrAuthorization", err)
		}
	case <-ctx.Done():
		t.Fatal("Serve goes on")
	}
	if _, err := wait.Submit(ctx, cluster.NewClient(e), 1).Await(ctx); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Submit = %v, want ErrClosed", err)
	}
}

// A Serve that cannot begin leaves nothing behind.
func TestServeCannotBegin(t *testing.T) {
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "gone"})
	defer e.Close()
	nc := dial(t, s.URL())
	js, _ := njs.New(nc)
	if err := js.DeleteStream(t.Context(), "MR_gone_RESULTS"); err != nil {
		t.Fatal(err)
	}
	p := pool.New(millrace.WithQueue(1))
	defer p.Close()
	before := ofClients()
	for range 4 {
		if err := cluster.Serve(t.Context(), e, p, square); err == nil {
			t.Fatal("Serve = nil")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ofClients() > before {
		if ctx.Err() != nil {
			t.Fatal("goroutines are left")
		}
		time.Sleep(time.Millisecond)
	}
}

// ofClients returns how many goroutines of this process are not the server's, which come and go.
func ofClients() (n int) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if !bytes.Contains(stack, []byte("nats-server/")) {
			n++
		}
	}
	return n
}

// Close and the first calls of clients may come at once.
func TestCloseBesideFirstCalls(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for range 20 {
		e := connect(t, s.URL(), jetstream.Config{Queue: "closing"})
		ctx, cancel := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() { square.Submit(ctx, cluster.NewClient(e), 1) })
		}
		runtime.Gosched()
		go cancel()
		_ = e.Close()
		calls.Wait()
	}
}

// A client that was closed leaves nothing in the engine, also when calls of it still run.
func TestClosedClients(t *testing.T) {
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "many"})
	defer e.Close()
	open := make(chan int)
	wait := cluster.Define("wait", func(context.Context, int) (int, error) { return <-open, nil })
	stop := startWorker(t, e, square, wait)
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended, end := context.WithCancel(ctx)
	end()
	for n := range 20 {
		c := cluster.NewClient(e)
		if v, err := square.Submit(ctx, c, 3).Await(ctx); v != 9 || err != nil {
			t.Fatalf("Await = %v, %v", v, err)
		}
		in, f := ctx, (*future.Future[int])(nil)
		if n == 10 {
			in, f = ended, wait.Submit(ctx, c, 1)
		}
		_ = c.Close(in)
		if f != nil {
			if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrUnsure) {
				t.Errorf("a call that is out: %v, want ErrUnsure", err)
			}
			open <- 1
		}
	}
	for following() > 0 {
		if ctx.Err() != nil {
			t.Fatalf("the outcomes of %d clients are still followed", following())
		}
		time.Sleep(time.Millisecond)
	}
}

// following returns how many clients' outcomes are followed in this process.
func following() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("created by github.com/nats-io/nats.go/jetstream.(*orderedConsumer).Consume"))
}

// A stream of somebody else, whose name only looks like that of a queue, is none.
func TestQueuesOfOthers(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "mine"})
	defer e.Close()
	nc := dial(t, s.URL())
	js, _ := njs.New(nc)
	if _, err := js.CreateStream(t.Context(), njs.StreamConfig{Name: "MR_a+b_CALLS", Subjects: []string{"other"}}); err != nil {
		t.Fatal(err)
	}
	if names, err := jetstream.Queues(t.Context(), s.URL()); err != nil || !slices.Equal(names, []string{"mine"}) {
		t.Errorf("Queues = %q, %v", names, err)
	}
}

// A worker without calls ends at once: it does not wait for the end of the requests for calls
// that it has made.
func TestIdleWorkerEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	made := connect(t, s.URL(), jetstream.Config{Queue: "idle"})
	defer made.Close()
	e := connect(t, s.URL(), jetstream.Config{Queue: "idle"}) // which finds the queue there
	defer e.Close()
	nc := dial(t, s.URL())
	expired := 0
	for range 5 { // a machine that stands still for long lets them end by time
		asked, err := nc.SubscribeSync("$JS.API.CONSUMER.MSG.NEXT.MR_idle_CALLS.>")
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.Flush()
		stop := startWorker(t, e, square)
		var answers []*nats.Subscription
		for range 3 { // one for each priority
			m, err := asked.NextMsg(patience)
			if err != nil {
				t.Fatal(err)
			}
			a, err := nc.SubscribeSync(m.Reply)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, a)
		}
		_ = nc.Flush()
		stop()
		expired = 0
		for _, a := range answers {
			n, _, _ := a.Pending()
			expired += n
		}
		if expired == 0 {
			return
		}
		_ = asked.Unsubscribe()
	}
	t.Errorf("%d requests had ended by time before the worker had", expired)
}

// A worker that has ended is not on record, however soon that was: an abort would wait for what it
// says of a call.
func TestWorkersOfMoments(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "moments"})
	e := s.near()
	e.PartWithin(time.Hour) // on a machine that stands still, 5 s are too few
	for i := range 300 {
		_, wait := serve(e, 1, 1, square)
		time.Sleep(time.Duration(i%8) * 500 * time.Microsecond)
		if err := wait(); err != nil {
			t.Fatal(err)
		}
	}
	if status := s.when(e, idle); len(status.Workers) > 0 {
		t.Errorf("%d workers are on record, and all have ended", len(status.Workers))
	}
}

// A worker that ends takes itself off the record, also beside a server that is late for longer than a lease.
func TestWorkerEndsBesideLateServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "parts", Lease: 300 * time.Millisecond})
	far, p := s.far()
	if d := far.PartWithin(time.Hour); d < 5*time.Second {
		t.Errorf("a worker that ends has %v, want at least 5s", d)
	}
	nc := dial(t, s.url)
	records, err := nc.SubscribeSync("mr.parts.w.>")
	if err != nil || nc.Flush() != nil {
		t.Fatal(err)
	}
	_, wait := serve(far, 1, 1, square)
	for range 2 { // before it asks for calls, and with the first beat
		if _, err := records.NextMsgWithContext(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
	p.stallAt("mr.parts.w.") // it writes once more at its end
	var late sync.WaitGroup
	defer late.Wait()
	late.Go(func() {
		for !p.stalls() && s.ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * s.cfg.Lease)
		p.goOn()
	})
	if err := wait(); err != nil {
		t.Errorf("Serve = %v", err)
	}
	if status, err := s.near().Status(s.ctx); err != nil || len(status.Workers) > 0 {
		t.Errorf("on record are %+v, %v, want no worker", status.Workers, err)
	}
}
