package jetstream_test

import (
	"context"
	"strings"
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

// startAgain starts a server where one was. A connection that begins at the port may have it
// for a moment.
func startAgain(dir string, port int, opts ...embedded.Option) (*embedded.Server, error) {
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		s, err := embedded.Start(dir, port, opts...)
		if err == nil || !strings.Contains(err.Error(), "address already in use") || time.Since(began) > patience {
			return s, err
		}
	}
}

// connect connects to a queue of a server.
func connect(t testing.TB, url string, cfg jetstream.Config) *jetstream.Engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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
		Calls: calls, Lease: time.Minute, CoarsePriority: true, // see TestPriorities
		Connect: func(t *testing.T, queue string) cluster.Engine {
			e := connect(t, s.URL(), jetstream.Config{Queue: queue[len("TestConformance_"):], Lease: time.Minute})
			e.AwaitAnswers() // an abort of a call that was sent again may end as Unsure
			return e
		},
	})
}
