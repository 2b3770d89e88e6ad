package jetstream_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A server that crashes forgets which calls it has delivered in the last tenth of a second, also
// if their workers die with it. Such a call counts as started: it is not started more often than
// it may be, and is not Cancelled.
//
// That does not depend on the clocks: those of server and worker may differ by hours.
func TestServerForgetsDelivery(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"one clock": 0, "server ahead": 2 * time.Hour, "worker ahead": -2 * time.Hour} {
		t.Run(name, func(t *testing.T) { testServerForgetsDelivery(t, ahead) })
	}
}

func testServerForgetsDelivery(t *testing.T, ahead time.Duration) {
	before, dir := t.TempDir(), filepath.Join(t.TempDir(), "after")
	server, err := embedded.Start(before, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { server.Close() }()
	s := siteOn(t, server.URL(), jetstream.Config{Queue: "forgotten", Lease: time.Minute}) // nobody loses it because the machine stands still
	began, dead := make(chan int, 4), make(chan struct{})
	poison := cluster.Define("poison", func(ctx context.Context, _ int) (int, error) {
		d, _ := cluster.FromContext(ctx)
		began <- d.Attempt()
		select {
		case <-dead:
		case <-ctx.Done():
		}
		return 0, context.Cause(ctx)
	})
	back := make(chan bool, 1)
	far, proxy := s.far(nats.ReconnectHandler(func(*nats.Conn) { back <- true }))
	killed := poison.Submit(s.ctx, cluster.NewClient(far), 1)
	s.when(far, func(s jetstream.Status) bool { return s.Queued == 1 })
	proxy.down() // it is not told that the call has begun
	if err := os.CopyFS(dir, os.DirFS(before)); err != nil {
		t.Fatal(err)
	}
	dies := s.near()
	_, wait := serve(dies, 1, 1, poison)
	<-began
	server.Close()
	_ = dies.Close()
	close(dead)
	if err := wait(); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Serve of a closed engine = %v, want ErrClosed", err)
	}

	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = startAgain(dir, port); err != nil {
		t.Fatal(err)
	}
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	busy, open := make(chan struct{}), make(chan struct{})
	pool.Submit(s.ctx, p, func(context.Context) (int, error) { close(busy); <-open; return 0, nil })
	<-busy
	ctx, end := context.WithCancel(s.ctx)
	served := make(chan error, 1)
	clock := startProxyAhead(t, s.url, ahead)
	next := s.connect(clock.url(), nil)
	go func() { served <- cluster.Serve(ctx, next, p, poison) }()
	for p.Stats().Queued == 0 && s.ctx.Err() == nil { // it has looked for what is known of the call
		time.Sleep(time.Millisecond)
	}
	proxy.up()
	<-back
	killed.Abort(nil)
	if _, err := killed.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || killed.State() != future.Failed {
		t.Errorf("a call that began: %v in state %v, want that it was aborted and Failed", err, killed.State())
	}
	close(open)
	end()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
