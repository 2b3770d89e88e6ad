//go:build unix

package temporal_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/millrace-go/millrace/cluster/enginetest"
)

// A server is a Temporal server and a namespace of it.
type server struct{ address, namespace string }

// The suite needs a server, which is built once: it takes some minutes, and a program of
// 200 MB in the user's cache directory. So it is run if this is set; tools/nightly
// sets it.
const envServer = "MILLRACE_TEMPORAL"

const sources = "../internal/temporalserver"

// startServer starts a server that ends with the test.
func startServer(t *testing.T) server {
	t.Helper()
	_, s := start(t, build(t))
	return s
}

// build returns the path of the server's program, or skips the test.
func build(t *testing.T) string {
	t.Helper()
	if os.Getenv(envServer) == "" {
		t.Skipf("%s is not set: the suite builds a Temporal server, which takes some minutes; bash tools/nightly temporal", envServer)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		b, err := os.ReadFile(filepath.Join(sources, name))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = hash.Write(b)
	}
	path := filepath.Join(cache, "millrace", fmt.Sprintf("temporalserver-%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, ".")
	cmd.Dir = sources
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build of the server: %v\n%s", err, out)
	}
	return path
}

// start starts the server and waits until it says where it is.
func start(t *testing.T, path string) (p *enginetest.Process, s server) {
	t.Helper()
	p, line := startProcess(t, path)
	if _, err := fmt.Sscanf(line, "temporal %s %s", &s.address, &s.namespace); err != nil {
		t.Fatalf("the server says %q: %v", line, err)
	}
	return p, s
}

// startProcess starts the server; it ends with the test, and with this process.
func startProcess(t *testing.T, path string) (p *enginetest.Process, line string) {
	t.Helper()
	cmd := exec.Command(path)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	return enginetest.StartProcess(t, cmd)
}
