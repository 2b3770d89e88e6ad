//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/stretchr/testify/require"
)

// A file may be a pipe. An interrupt ends the wait for more of it.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0) // when the program has opened it
		if err != nil {
			t.Error(err)
		} else {
			_, _ = w.WriteString("a;1.0\n")
			defer w.Close()
		}
		cancel()
		<-t.Context().Done() // until then the pipe stays open
	}()
	if out, errs, status := reduced(ctx, path); out != "" || errs != "mapreduce: context canceled\n" || status != console.Interrupted {
		t.Errorf("mapreduce = %q, %q, %d, want %d", out, errs, status, console.Interrupted)
	}
}
