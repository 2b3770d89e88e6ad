package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// clusterOf runs the program in this process.
func clusterOf(args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), status
}

// sha256sum returns what that prints of all files below root.
func sha256sum(t *testing.T, root string) string {
	t.Helper()
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("there is no sha256sum here")
	}
	out, err := exec.Command("bash", "-c", `find "$0" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`, root).Output()
	require.NoError(t, err)
	return string(out)
}

// The output is sha256sum's on each engine.
func TestLikeSha256sum(t *testing.T) {
	root := exampletest.Goroot(t, "encoding")
	want := sha256sum(t, root)
	for _, chunk := range []string{"1", "16"} {
		if got, errs, status := clusterOf("-engine", "local", "-chunk", chunk, root); got != want || errs != "" || status != console.OK {
			t.Errorf("-engine local -chunk %s: %d bytes, %q, status %d, want the %d bytes of sha256sum", chunk, len(got), errs, status, len(want))
		}
	}
	out, err := exampletest.Command(t, "-slots", "2", root).Output()
	if err != nil || string(out) != want {
		t.Errorf("with two worker processes: %d bytes, %v, want the %d bytes of sha256sum", len(out), err, len(want))
	}
}

// A name need not be text.
func TestOddNames(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"\xff\xfe", "two\nlines", `back\slash`} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(name), 0o600); err != nil {
			t.Skip("files cannot have such names here:", err)
		}
	}
	want := sha256sum(t, root)
	if got, errs, status := clusterOf("-engine", "local", root); got != want || errs != "" || status != console.OK {
		t.Errorf("cluster = %q, %q, %d, want %q", got, errs, status, want)
	}
	out, err := exampletest.Command(t, "-workers", "1", root).Output()
	if err != nil || string(out) != want {
		t.Errorf("with a worker process: %q, %v, want %q", out, err, want)
	}
}

// The output is sha256sum's on Temporal, too, with two worker processes. The test needs a
// server; bash tools/nightly temporal builds and starts one.
func TestTemporal(t *testing.T) {
	const env = "MILLRACE_TEMPORAL_ADDRESS"
	address := os.Getenv(env)
	if address == "" {
		t.Skip(env + " is not set to host:port/namespace of a server: bash tools/nightly temporal")
	}
	root := exampletest.Goroot(t, "encoding")
	want := sha256sum(t, root)
	got, err := exampletest.Command(t, "-engine", "temporal://"+address, "-slots", "2", root).Output()
	if err != nil || string(got) != want {
		t.Errorf("on Temporal: %d bytes, %v, want the %d bytes of sha256sum", len(got), err, len(want))
	}
}

// What cannot be read is reported, as digest reports it, and the rest is hashed.
func TestUnreadable(t *testing.T) {
	root := exampletest.Tree(t, "a", "z")
	gone := filepath.Join(root, "gone")
	out, errs, status := clusterOf("-engine", "local", root, gone)
	want := fmt.Sprintf("cluster: stat %s: no such file or directory\ncluster: of 3 files, 1 could not be read\n", gone)
	if strings.Count(out, "\n") != 2 || errs != want || status != console.Failed {
		t.Errorf("= %q, %q, %d, want two lines, %q, %d", out, errs, status, want, console.Failed)
	}
}

// A pipe is not opened: that would wait for one that writes.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if out, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
		t.Skipf("no pipes here: %v, %s", err, out)
	}
	want := fmt.Sprintf("cluster: read %s: neither a file nor a directory\ncluster: of 1 file, 1 could not be read\n", pipe)
	if out, errs, status := clusterOf("-engine", "local", pipe); out != "" || errs != want || status != console.Failed {
		t.Errorf("= %q, %q, %d, want nothing, %q, %d", out, errs, status, want, console.Failed)
	}
}

// What ends a run that waits for its server is its exit status, too: for one that says nothing, and
// for one that is not there.
func TestTimeoutWithoutServer(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer mute.Close()
	taken, err := net.Dial("tcp", mute.Addr().String()) // nobody can listen where this connection begins
	require.NoError(t, err)
	defer taken.Close()
	for _, address := range []net.Addr{mute.Addr(), taken.LocalAddr()} {
		_, errs, status := clusterOf("-engine", "nats://"+address.String(), "-timeout", "10ms", ".")
		if !strings.Contains(errs, "timed out") || status != console.Timeout {
			t.Errorf("= %q, %d, want %d", errs, status, console.Timeout)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"-workers", "-1", "."}, {"-slots", "0", "."}, {"-worker"}, {"-worker", "-engine", "local"}, {"-workers", "0", "."}, {"-workers", "1000000", "."}, {"-queue", "a b", "."}, {"-nonsense"}} {
		if _, errs, status := clusterOf(args...); status != console.Usage || !strings.Contains(errs, "usage: ") {
			t.Errorf("%q: status %d, %q", args, status, errs)
		}
	}
}

// A run goes on after its workers and its server were killed.
func TestKills(t *testing.T) {
	root := exampletest.Goroot(t, ".")
	want := sha256sum(t, root)
	if pipe := 64 << 10; len(want) < 4*pipe {
		t.Skipf("the %d bytes of %s fit into a pipe", len(want), root)
	}
	dir := t.TempDir()
	server, at := startServer(t, dir)
	way := newRelay(t, at)
	url := "nats://" + way.Addr().String()
	worker := func() *exampletest.Process { return exampletest.Start(t, "-worker", "-engine", url) }
	a, b := worker(), worker()
	p := exampletest.Start(t, "-engine", url, "-workers", "0", root)
	first := make([]byte, 1)
	_, err := io.ReadFull(p.Stdout, first)
	require.NoError(t, err)
	// It cannot have come to its end: it writes more than a pipe takes.
	a.Kill()
	server.Kill()
	_, _, _ = server.End(t)
	worker()
	_, at = startServer(t, dir)
	way.to.Store(&at)
	b.Kill()
	worker()
	out, errs, state := p.End(t)
	if got := string(first) + out; got != want || state.ExitCode() != console.OK {
		t.Errorf("%d bytes, %q, status %d, want the %d bytes of sha256sum", len(got), errs, state.ExitCode(), len(want))
	}
}

// startServer starts a server, which chooses a port, and returns where it listens.
func startServer(t *testing.T, dir string) (server *exampletest.Process, address string) {
	t.Helper()
	server = exampletest.Start(t, "-server", "127.0.0.1:0", "-dir", dir)
	out := bufio.NewReader(server.Stdout)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	server.Stdout = out
	return server, strings.TrimPrefix(strings.TrimSpace(line), "nats://")
}

// A relay is an address that stays where it is when a server that was killed is started again:
// somebody else may listen at the server's own by then.
type relay struct {
	net.Listener
	to atomic.Pointer[string]
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	r := &relay{Listener: l}
	r.to.Store(&to)
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(from)
		}
	}()
	return r
}

// serve passes on what comes from either side, until one of them ends.
func (r *relay) serve(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", *r.to.Load())
	if err != nil {
		return
	}
	go func() {
		defer to.Close()
		_, _ = io.Copy(to, from)
	}()
	_, _ = io.Copy(from, to)
}

// An interrupt ends a run in its midst; the workers that it started are gone then.
func TestInterrupt(t *testing.T) {
	root := exampletest.Goroot(t, ".")
	p := exampletest.Start(t, "-workers", "1", root)
	first := make([]byte, 1)
	_, err := io.ReadFull(p.Stdout, first)
	require.NoError(t, err)
	p.Interrupt()
	for p.Says(t) != exampletest.Noticed { // until then it is not read, and writes more than a pipe takes
	}
	out, errs, state := p.End(t) // which waits until nobody has its stderr any more
	if !strings.HasSuffix(string(first)+out, "\n") || !strings.Contains(errs, "interrupt signal received") || state.ExitCode() != console.Interrupted {
		t.Errorf("an interrupted run: %q, status %d, want %d", errs, state.ExitCode(), console.Interrupted)
	}
}

// A worker ends with the process that started it, however that ends.
func TestWorkerEndsWithItsParent(t *testing.T) {
	_, address := startServer(t, t.TempDir())
	cmd := exampletest.Command(t, "-worker", "-eof", "-engine", "nats://"+address)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
}
