package jetstream_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/enginetest"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// startServer starts a server for a test.
func startServer(t testing.TB, opts ...embedded.Option) *embedded.Server {
	t.Helper()
	s, err := embedded.Start("", 0, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// connect connects to a queue of a server.
func connect(t testing.TB, url string, cfg jetstream.Config) *jetstream.Engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := jetstream.Connect(ctx, url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	s := startServer(t)
	calls := 2000
	if testing.Short() {
		calls = 500
	}
	enginetest.Run(t, enginetest.Harness{
		Calls: calls, Lease: 10 * time.Second,
		Connect: func(t *testing.T, queue string) cluster.Engine {
			return connect(t, s.URL(), jetstream.Config{Queue: queue[len("TestConformance_"):], Lease: 10 * time.Second})
		},
	})
}
