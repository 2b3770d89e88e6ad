//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The test binary is the server and the workers, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == roleServer || os.Args[1] == roleWorker) {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Each system whose server is there runs its calls, and what was measured is in the table.
func TestQuick(t *testing.T) {
	t.Setenv(envLease, "1m")
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			o := options{systems: []string{s.name}, sizes: quick, out: "-"}
			f := measure(context.Background(), s, o)
			if missing := (errNoServer{}); errors.As(f.Err, &missing) {
				t.Skip(f.Err)
			}
			if f.Err != nil || f.CallsPerSecond <= 0 || f.P50 <= 0 || f.P99 < f.P50 || f.AbortRunning <= 0 || f.AbortQueued <= 0 {
				t.Fatalf("measured %+v", f)
			}
			var out, errs bytes.Buffer
			if err := o.write([]figures{f}, &out, &errs); err != nil || !strings.Contains(out.String(), fmt.Sprintf("| calls a second, map | %.0f |", f.CallsPerSecond)) {
				t.Errorf("%v: %s", err, out.String())
			}
		})
	}
}

// A server that cannot be set up leaves no directory behind.
func TestFailedStartLeavesNothing(t *testing.T) {
	programs, left := t.TempDir(), t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", programs)
	t.Setenv("TMPDIR", left)
	if p, _, err := startPostgres(t.Context()); err == nil {
		p.end()
		t.Fatal("it starts")
	}
	if entries, err := os.ReadDir(left); len(entries) > 0 || err != nil {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// A server that ends before it listens, as one does whose port was taken, is not waited for.
func TestServerEndsBeforeItListens(t *testing.T) {
	p, err := startProcess(exec.Command("sh", "-c", "exit 1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := listens(t.Context(), p, "127.0.0.1:0"); !errors.Is(err, errEnded) { // nobody can listen at port 0
		t.Errorf("listens = %v, want %v", err, errEnded)
	}
}

// A deaf call does not hear the first request to end.
type deaf struct {
	asked int
	ended chan struct{}
}

func (d *deaf) abort(context.Context) error {
	if d.asked++; d.asked == 2 {
		close(d.ended)
	}
	return nil
}

func (d *deaf) wait(ctx context.Context) (int, error) {
	select {
	case <-d.ended:
		return 0, errAborted
	case <-ctx.Done():
		return 0, fmt.Errorf("not yet: %w", context.Cause(ctx))
	}
}

// A request to abort a call may be lost: there is another one.
func TestAbortAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deaf{ended: make(chan struct{})}
		if took, err := abort(t.Context(), d); took != time.Second || err != nil {
			t.Errorf("abort = %v, %v, want a second", took, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := abort(ctx, &deaf{}); !errors.Is(err, context.Canceled) {
			t.Errorf("abort = %v, want %v", err, context.Canceled)
		}
	})
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-systems", "kafka"}, {"-nonsense"}, {roleWorker, "kafka", "x"}} {
		var out, errs bytes.Buffer
		if err := run(context.Background(), args, &out, &errs); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
