package embedded_test

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

type lines chan string

// Write implements io.Writer.
func (l lines) Write(b []byte) (int, error) {
	select {
	case l <- string(b):
	default:
	}
	return len(b), nil
}

// A server that cannot store, as on a disk that is full, says so in the log of the program.
func TestCannotStore(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Start(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e, err := jetstream.Connect(t.Context(), s.URL(), jetstream.Config{Queue: "full"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	said := make(lines, 10)
	log.SetOutput(said)
	defer log.SetOutput(os.Stderr)
	if err := os.RemoveAll(filepath.Join(dir, "jetstream", "$G", "streams", "MR_full_CALLS", "msgs")); err != nil {
		t.Skip(err) // on Windows
	}
	length := cluster.Declare[string, int]("length")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for range 20 { // more than one file of the store
		length.Submit(ctx, cluster.NewClient(e), strings.Repeat("x", 900<<10))
	}
	select {
	case line := <-said:
		if !strings.Contains(line, "embedded: the server: JetStream ") || !strings.Contains(line, "MR_full_CALLS") {
			t.Errorf("the log says %q, want that the server cannot store calls", line)
		}
	case <-ctx.Done():
		t.Error("the log says nothing")
	}
}
