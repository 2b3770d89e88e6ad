//go:build unix

package jetstream_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/enginetest"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// The test binary is the server of the process tests, too.
const (
	envDir  = "MILLRACE_SERVER_DIR"
	envHost = "MILLRACE_SERVER_HOST"
	envPort = "MILLRACE_SERVER_PORT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		beServer(dir)
	}
	if role := os.Getenv(envRole); role != "" {
		beChaos(role)
	}
	enginetest.Main(connectProcess)
	// Most tests wait, for leases and for requests to end by time: many at once, unless the command line says otherwise.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func beServer(dir string) {
	port, _ := strconv.Atoi(os.Getenv(envPort))
	s, err := startAgain(dir, port, embedded.Listen(os.Getenv(envHost)), embedded.Open())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	select {}
}

func connectProcess(ctx context.Context, address, queue string) (cluster.Engine, error) {
	return jetstream.Connect(ctx, address, jetstream.Config{Queue: queue, Lease: enginetest.LeaseOf(ctx)})
}

// servers start server processes, each with a directory that stays with its address.
type servers struct{ dirs sync.Map }

func (ss *servers) start(t *testing.T, address string) (*enginetest.Process, string) {
	if address == "" {
		return ss.startAt(t, "127.0.0.1", 0, t.TempDir())
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	dir, _ := ss.dirs.Load(address)
	return ss.startAt(t, u.Hostname(), port, dir.(string))
}

func (ss *servers) startAt(t *testing.T, host string, port int, dir string) (*enginetest.Process, string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDir+"="+dir, envHost+"="+host, envPort+"="+strconv.Itoa(port))
	p, address := enginetest.StartProcess(t, cmd)
	ss.dirs.Store(address, dir)
	return p, address
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	ss := &servers{}
	calls := 0 // what the suite has by default
	if testing.Short() {
		calls = 1000
	}
	enginetest.RunProcesses(t, enginetest.Processes{
		Server: ss.start, Connect: connectProcess, Lease: 3 * time.Second, Calls: calls,
		ServerAt: func(t *testing.T, host string) (*enginetest.Process, string) {
			return ss.startAt(t, host, 0, t.TempDir())
		},
	})
}
