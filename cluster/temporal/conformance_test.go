//go:build unix

package temporal_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/enginetest"
	"github.com/millrace-go/millrace/cluster/temporal"
)

// lease is short enough for aborts to be quick, and long enough for a loaded machine.
const lease = 10 * time.Second

func connect(ctx context.Context, s server, queue string, lease time.Duration) (cluster.Engine, error) {
	return temporal.Connect(ctx, temporal.Config{
		Queue: queue, Lease: lease, Client: client.Options{HostPort: s.address, Namespace: s.namespace},
	})
}

func TestConformance(t *testing.T) {
	s := startServer(t)
	enginetest.Run(t, enginetest.Harness{
		Calls: 100, Raced: 300, MaxBytes: 2 << 20, Lease: lease, CoarsePriority: true,
		Connect: func(t *testing.T, queue string) cluster.Engine {
			e, err := connect(t.Context(), s, queue[len("TestConformance_"):], lease)
			if err != nil {
				t.Fatal(err)
			}
			return e
		},
	})
}
