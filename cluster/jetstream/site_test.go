package jetstream_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/pool"
)

// patience is how long anything may take before a test gives up. It bounds no promise.
const patience = 5 * time.Minute

// A site is a queue on a server, for tests of connections that are disturbed.
type site struct {
	t   *testing.T
	url string
	cfg jetstream.Config
	ctx context.Context // of the test
}

func newSite(t *testing.T, cfg jetstream.Config) *site {
	t.Helper()
	return siteOn(t, startServer(t).URL(), cfg)
}

func siteOn(t *testing.T, url string, cfg jetstream.Config) *site {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return &site{t, url, cfg, ctx}
}

// near returns a connection that nothing disturbs, until the end of the test.
func (s *site) near(opts ...nats.Option) *jetstream.Engine {
	s.t.Helper()
	return s.connect(s.url, opts)
}

// far returns a connection through a proxy, until the end of the test.
func (s *site) far(opts ...nats.Option) (*jetstream.Engine, *proxy) {
	s.t.Helper()
	p := startProxy(s.t, s.url)
	return s.connect(p.url(), opts), p
}

func (s *site) connect(url string, opts []nats.Option) *jetstream.Engine {
	s.t.Helper()
	cfg := s.cfg
	cfg.Options = opts
	e := connect(s.t, url, cfg)
	s.t.Cleanup(func() { _ = e.Close() })
	return e
}

// js returns a connection past the engine.
func (s *site) js() njs.JetStream {
	s.t.Helper()
	js, err := njs.New(dial(s.t, s.url))
	if err != nil {
		s.t.Fatal(err)
	}
	return js
}

// when returns the first status of the queue that is as ok wants it.
func (s *site) when(e *jetstream.Engine, ok func(jetstream.Status) bool) jetstream.Status {
	s.t.Helper()
	return statusWhen(s.ctx, s.t, e, ok)
}

// idle reports whether no call is in the queue.
func idle(s jetstream.Status) bool { return s.Queued+s.Held == 0 }

// serve starts a worker. End ends its context; wait does so too, and returns what Serve returns.
func serve(e *jetstream.Engine, slots, queue int, tasks ...cluster.Handler) (end func(), wait func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	p := pool.New(millrace.WithWorkers(slots), millrace.WithQueue(queue))
	go func() { served <- cluster.Serve(ctx, e, p, tasks...) }()
	return cancel, sync.OnceValue(func() error {
		cancel()
		err := <-served
		_ = p.Close()
		return err
	})
}

// startWorker starts a worker of one slot.
func startWorker(t testing.TB, e *jetstream.Engine, tasks ...cluster.Handler) (stop func()) {
	_, wait := serve(e, 1, 1, tasks...)
	return func() {
		if err := wait(); err != nil {
			t.Errorf("Serve = %v", err)
		}
	}
}
