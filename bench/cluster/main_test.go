//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-systems", "kafka"}, {"-nonsense"}, {roleWorker, "kafka", "x"}} {
		var out, errs bytes.Buffer
		if err := run(context.Background(), args, &out, &errs); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
