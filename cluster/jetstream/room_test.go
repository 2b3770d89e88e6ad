package jetstream_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// startSmall starts a server that stores so many bytes.
func startSmall(t *testing.T, most int64) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: most,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return s
}

// A server that has no room for a call says so to its submitter.
func TestServerWithoutRoom(t *testing.T) {
	t.Parallel()
	s := siteOn(t, startSmall(t, 1<<20).ClientURL(), jetstream.Config{Queue: "small"})
	length := cluster.Declare[string, int]("length")
	c := cluster.NewClient(s.near())
	for range 3 { // two of them fit
		length.Submit(s.ctx, c, strings.Repeat("x", 500<<10))
	}
	f := length.Submit(s.ctx, c, "x")
	if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrFull) || f.State() != future.Cancelled {
		t.Errorf("Await = %v in state %v, want ErrFull and Cancelled", err, f.State())
	}
}

// Calls in a queue with a bound for their bytes leave room for outcomes: all that were taken end.
func TestRoomForOutcomes(t *testing.T) {
	t.Parallel()
	s := siteOn(t, startSmall(t, 1<<20).ClientURL(), jetstream.Config{Queue: "bytes"})
	s.near() // a queue without the bound, which the next engine sets
	const most, size = 512 << 10, 20 << 10
	s.cfg.MaxBytes = most
	e := s.near()
	echo := cluster.Define("echo", func(_ context.Context, s string) (string, error) { return s[:len(s)/2], nil })
	c := cluster.NewClient(e)
	var taken []*future.Future[string]
	for range 100 {
		f := echo.Submit(s.ctx, c, strings.Repeat("x", size))
		s.when(e, func(s jetstream.Status) bool { return f.State().Settled() || s.Queued > len(taken) })
		if !f.State().Settled() {
			taken = append(taken, f)
		} else if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrFull) || f.State() != future.Cancelled {
			t.Fatalf("call %d: %v in state %v, want ErrFull and Cancelled", len(taken), err, f.State())
		} else {
			break
		}
	}
	if n := len(taken); n < most/size-1 || n > most/size {
		t.Errorf("%d calls of %d bytes were taken, want as many as fit into %d", n, size, most)
	}
	stop := startWorker(t, e, echo)
	defer stop()
	for n, f := range taken {
		if v, err := f.Await(s.ctx); len(v) != size/2 || err != nil {
			t.Fatalf("call %d: %d bytes, %v", n, len(v), err)
		}
	}
}

// An abort does not wait for a server that answers, and stores nothing any more.
func TestAbortWhereNothingIsStored(t *testing.T) {
	t.Parallel()
	small := startSmall(t, 1<<20)
	s := siteOn(t, small.ClientURL(), jetstream.Config{Queue: "off", Lease: 300 * time.Millisecond})
	e := s.near()
	c := cluster.NewClient(e)
	ctx, cancel := context.WithCancel(s.ctx)
	before := square.Submit(ctx, c, 2)
	s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
	if err := small.DisableJetStream(); err != nil {
		t.Fatal(err)
	}
	after := square.Submit(ctx, c, 3)
	cancel()
	for name, f := range map[string]*future.Future[int]{"a call that the server had": before, "a later one": after} {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
			t.Errorf("%s: Await = %v in state %v, want ErrUnsure and Failed", name, err, f.State())
		}
	}
}

// Each of a thousand clients and more gets its outcomes: by default the server has a bound.
func TestManyClients(t *testing.T) {
	t.Parallel()
	e := newSite(t, jetstream.Config{Queue: "many"}).near()
	stop := startWorker(t, e, square)
	defer stop()
	var fs []*future.Future[int]
	for range 1010 {
		fs = append(fs, square.Submit(t.Context(), cluster.NewClient(e), 3))
	}
	if _, err := future.All(t.Context(), fs...); err != nil {
		t.Error(err)
	}
}

// The bound of an account for consumers counts: the queue is made all the same.
func TestAccountOfFewClients(t *testing.T) {
	t.Parallel()
	small := startSmall(t, 1<<20)
	limits := map[string]server.JetStreamAccountLimits{"": {MaxMemory: -1, MaxStore: -1, MaxStreams: -1, MaxConsumers: 10}}
	if err := small.GlobalAccount().UpdateJetStreamLimits(limits); err != nil {
		t.Fatal(err)
	}
	e := siteOn(t, small.ClientURL(), jetstream.Config{Queue: "few"}).near()
	stop := startWorker(t, e, square)
	defer stop()
	if v, err := square.Submit(t.Context(), cluster.NewClient(e), 3).Await(t.Context()); v != 9 || err != nil {
		t.Errorf("Await = %v, %v, want 9", v, err)
	}
}
