//go:build unix

package temporal_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/enginetest"
)

func TestMain(m *testing.M) {
	enginetest.Main(connectProcess)
	os.Exit(m.Run())
}

// connectProcess connects to a server by the line that it has printed.
func connectProcess(ctx context.Context, address, queue string) (cluster.Engine, error) {
	var s server
	if _, err := fmt.Sscanf(address, "temporal %s %s", &s.address, &s.namespace); err != nil {
		return nil, err
	}
	return connect(ctx, s, queue, enginetest.LeaseOf(ctx))
}

// The server is in memory, so it is not killed.
func TestProcesses(t *testing.T) {
	path := build(t)
	enginetest.RunProcesses(t, enginetest.Processes{
		Server:  func(t *testing.T, _ string) (*enginetest.Process, string) { return startProcess(t, path) },
		Connect: connectProcess, Lease: 3 * time.Second, Calls: 200, Volatile: true,
	})
}
