package jetstream_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/future"
)

// A keeper is a server that can be made to keep calls that have ended, as one may that was killed
// after it wrote that its consumer is done with them.
type keeper struct {
	*site
	server *embedded.Server
	dir    string
}

func newKeeper(t *testing.T, queue string) *keeper {
	k := &keeper{dir: t.TempDir()}
	k.start(t, 0)
	t.Cleanup(func() { k.server.Close() })
	k.site = siteOn(t, k.server.URL(), jetstream.Config{Queue: queue, MaxCalls: 3})
	return k
}

func (k *keeper) start(t *testing.T, port int) {
	t.Helper()
	var err error
	if k.server, err = startAgain(k.dir, port); err != nil {
		t.Fatal(err)
	}
}

// messages is where the server keeps the messages of the calls.
func (k *keeper) messages() string {
	return filepath.Join(k.dir, "jetstream", "$G", "streams", "MR_"+k.cfg.Queue+"_CALLS", "msgs")
}

// snapshot returns a directory with the messages as they are.
func (k *keeper) snapshot() string {
	k.t.Helper()
	dir := filepath.Join(k.t.TempDir(), "msgs")
	if err := os.CopyFS(dir, os.DirFS(k.messages())); err != nil {
		k.t.Fatal(err)
	}
	return dir
}

// restart starts the server again, with the messages of a snapshot and all else as it is.
func (k *keeper) restart(snapshot string) {
	k.t.Helper()
	u, err := url.Parse(k.url)
	if err != nil {
		k.t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		k.t.Fatal(err)
	}
	k.server.Close()
	if err := os.RemoveAll(k.messages()); err != nil {
		k.t.Fatal(err)
	}
	if err := os.CopyFS(k.messages(), os.DirFS(snapshot)); err != nil {
		k.t.Fatal(err)
	}
	k.start(k.t, port)
}

// calls returns how many messages the stream of calls has.
func (k *keeper) calls(js njs.JetStream) int {
	k.t.Helper()
	s, err := js.Stream(k.ctx, "MR_"+k.cfg.Queue+"_CALLS")
	if err != nil {
		k.t.Fatal(err)
	}
	return int(s.CachedInfo().State.Msgs)
}

// forget removes the outcomes, as if they were not kept any more.
func (k *keeper) forget(js njs.JetStream) {
	k.t.Helper()
	s, err := js.Stream(k.ctx, "MR_"+k.cfg.Queue+"_RESULTS")
	if err == nil {
		err = s.Purge(k.ctx, njs.WithPurgeSubject("mr."+k.cfg.Queue+".r.>"))
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// submit submits three calls, of which the last two have ids.
func (k *keeper) submit(c *cluster.Client, first *cluster.Task[int, int]) (calls []*future.Future[int]) {
	return []*future.Future[int]{
		first.Submit(k.ctx, c, 1),
		square.Submit(k.ctx, c, 2, cluster.WithID("two")),
		square.Submit(k.ctx, c, 3, cluster.WithID("three")),
	}
}

func (k *keeper) await(calls []*future.Future[int]) {
	k.t.Helper()
	for i, f := range calls {
		if v, err := f.Await(k.ctx); v != (i+1)*(i+1) || err != nil {
			k.t.Fatalf("call %d = %v, %v", i+1, v, err)
		}
	}
}

// What a killed server has kept, and keeps for a while longer, is not the oldest call.
func TestOldestBesideKeptCalls(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "oldest")
	k.cfg.MaxCalls = 4
	e := k.near()
	s, err := k.js().Stream(k.ctx, "MR_oldest_CALLS")
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	cfg.DenyDelete = true
	if _, err := k.js().UpdateStream(k.ctx, cfg); err != nil {
		t.Fatal(err)
	}
	calls := k.submit(cluster.NewClient(e), square)
	k.when(e, func(s jetstream.Status) bool { return s.Queued == 3 && s.Oldest > 0 })
	before := k.snapshot()
	stop := startWorker(t, e, square)
	k.await(calls)
	k.when(e, idle)
	stop()
	k.restart(before)
	if js := k.js(); k.calls(js) != 3 {
		t.Fatal("the server did not keep the calls")
	}
	near := k.near()
	if s := k.when(near, idle); s.Oldest != 0 {
		t.Errorf("the oldest call of an empty queue is %v old", s.Oldest)
	}
	now := time.Now()
	square.Submit(k.ctx, cluster.NewClient(near), 4)
	if s := k.when(near, func(s jetstream.Status) bool { return s.Queued == 1 }); s.Oldest > time.Since(now) {
		t.Errorf("the oldest call is %v old: it has ended", s.Oldest)
	}
}

// Calls that a killed server has kept though they have ended are taken out of the stream by the
// next engine that connects, or connects again.
func TestCallsKeptByKilledServer(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		t.Run(map[bool]string{false: "connect", true: "reconnect"}[again], func(t *testing.T) {
			k := newKeeper(t, "kept")
			e := k.near()
			calls := k.submit(cluster.NewClient(e), square)
			k.when(e, func(s jetstream.Status) bool { return s.Queued == 3 })
			before := k.snapshot()
			stop := startWorker(t, e, square)
			k.await(calls)
			k.when(e, idle)
			stop()
			if !again {
				_ = e.Close()
			}
			k.restart(before)
			if !again {
				if js := k.js(); k.calls(js) != 3 {
					t.Fatal("the server did not keep the calls")
				}
				k.near()
			}
			js := k.js()
			for n := k.calls(js); n > 0; n = k.calls(js) {
				if !again || k.ctx.Err() != nil {
					t.Fatalf("%d calls are still there", n)
				}
			}
		})
	}
}

// While a call runs that is older, those that a killed server has kept are hidden. A status taken
// later finds them: they are not the oldest, take no places, and their ids are free.
func TestCallsKeptBehindLongOne(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "behind")
	e := k.near()
	began, open := make(chan struct{}, 1), make(chan struct{})
	long := cluster.Define("long", func(_ context.Context, n int) (int, error) { began <- struct{}{}; <-open; return n * n, nil })
	c := cluster.NewClient(e)
	calls := k.submit(c, long)
	k.when(e, func(s jetstream.Status) bool { return s.Queued == 3 })
	before := k.snapshot()
	_, wait := serve(k.near(), 2, 2, long, square)
	<-began
	for _, f := range calls[1:] {
		_, _ = f.Await(k.ctx)
	}
	k.when(e, func(s jetstream.Status) bool { return s.Queued == 0 && s.Held == 1 })
	k.restart(before)
	js := k.js()
	if n := k.calls(js); n != 3 {
		t.Fatalf("the server has %d calls, want that it has kept 3", n)
	}
	close(open)
	k.await(calls)
	if s := k.when(e, idle); s.Oldest != 0 {
		t.Errorf("the oldest call of an empty queue is %v old", s.Oldest)
	}
	if err := wait(); err != nil {
		t.Error(err)
	}
	k.forget(js)
	stop := startWorker(t, e, square)
	defer stop()
	k.await(k.submit(c, square))
}

// A server that has lost the last calls, and not that its consumer was done with them, numbers new
// ones as it did those. They are not taken for calls that have ended.
func TestCallsNumberedAnew(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "anew")
	e := k.near()
	before := k.snapshot()
	c := cluster.NewClient(e)
	stop := startWorker(t, e, square)
	k.await(k.submit(c, square))
	k.when(e, idle)
	stop()
	k.restart(before)
	k.forget(k.js())
	calls := k.submit(c, square)
	k.when(k.near(), func(s jetstream.Status) bool { return s.Queued == 3 })
	stop = startWorker(t, e, square)
	defer stop()
	k.await(calls)
}
