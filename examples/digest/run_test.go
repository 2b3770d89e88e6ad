package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/stretchr/testify/require"
)

// want compares a run with its status, its lines (by the ends of their paths)
// and what stderr has to say.
func want(t *testing.T, args []string, status int, paths []string, says ...string) {
	t.Helper()
	out, errs, got := digestOf(args...)
	if got != status {
		t.Errorf("digest %q: status %d, want %d", args, got, status)
	}
	lines := strings.SplitAfter(out, "\n")
	if len(lines) != len(paths)+1 {
		t.Fatalf("digest %q = %q, want %d lines", args, out, len(paths))
	}
	for i, path := range paths {
		if !strings.HasSuffix(lines[i], path+"\n") {
			t.Errorf("digest %q: line %d = %q, want that of %s", args, i, lines[i], path)
		}
	}
	for _, s := range says {
		if !strings.Contains(errs, s) {
			t.Errorf("digest %q: stderr = %q, want %q", args, errs, s)
		}
	}
	if len(says) == 0 && errs != "" {
		t.Errorf("digest %q: stderr = %q, want nothing", args, errs)
	}
}

// One file is not "1 files".
func TestErrorOfOneFile(t *testing.T) {
	want(t, []string{filepath.Join(t.TempDir(), "missing")}, console.Failed, nil, "digest: of 1 file, 1 could not be read\n")
}

func TestEmptyTree(t *testing.T) {
	want(t, []string{t.TempDir()}, console.OK, nil)
}

// Errors are reported and counted, and the others are hashed.
func TestErrorsOfSingleFiles(t *testing.T) {
	root := exampletest.Tree(t, "a", "b")
	missing := filepath.Join(root, "missing")
	args := []string{filepath.Join(root, "a"), missing, filepath.Join(root, "b"), missing}
	want(t, args, console.Failed, []string{"a", "b"},
		"digest: stat "+missing+": no such file or directory\n", "digest: of 4 files, 2 could not be read\n")
	want(t, append([]string{"-unordered", "-workers", "1"}, args...), console.Failed, []string{"a", "b"}, "of 4 files, 2 could not be read")
}

// A file that goes away between the search and the reading is one that cannot be
// read.
func TestVanishedFile(t *testing.T) {
	root := exampletest.Tree(t, "a", "b", "c")
	files, err := tree.List(t.Context(), []string{root})
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(root, "b")))

	var out, errs bytes.Buffer
	r := report{found: len(files), listed: true}
	hashAll(t.Context(), config{}, files, console.NewDisplay("digest", console.Total{}, &out, &errs), &r)
	if r.hashed != 2 || r.printed != 2 || r.failed != 1 || r.early != nil || r.status != console.Failed {
		t.Errorf("hashAll = %+v, want two hashed and one failed", r)
	}
	if s := errs.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "open "+filepath.Join(root, "b")) {
		t.Errorf("stderr = %q, want one line on b", s)
	}
}

// With -failfast what comes before the first error is printed, and nothing after
// it.
func TestFailfast(t *testing.T) {
	root := exampletest.Tree(t, "a", "b", "c", "d")
	path := func(name string) string { return filepath.Join(root, name) }
	args := []string{"-failfast", path("a"), path("b"), path("missing"), path("c"), path("missing"), path("d")}
	want(t, args, console.Failed, []string{"a", "b"}, "digest: stopped at the first error: of 6 files, 2 were printed, ")
}

func TestUsage(t *testing.T) {
	for args, says := range map[string]string{
		"":                "no path",
		"-workers -1 .":   "-workers -1: want 0 or more",
		"-workers many .": "invalid value",
		"-timeout -1s .":  "-timeout -1s: want 0 or more",
		"-nonsense":       "not defined: -nonsense",
	} {
		want(t, strings.Fields(args), console.Usage, nil, says, "usage: digest [flags] path...")
	}
	want(t, []string{"-h"}, console.OK, nil, "usage: digest [flags] path...", "-failfast")
}

// The timeout is the whole run's, the search included.
func TestTimeout(t *testing.T) {
	root := exampletest.Tree(t, "a")
	want(t, []string{"-timeout", "1ns", root}, console.Timeout, nil, "digest: timed out while looking for files; none was hashed\n")
	want(t, []string{"-timeout", "1h", root}, console.OK, []string{"a"})
}

// A run that ends early, after whatever line, has printed the lines before it,
// all of them whole, and counts the rest.
func TestEndedAtAnyLine(t *testing.T) {
	root := exampletest.Goroot(t, "container")
	whole, _, _ := digestOf(root)
	total := strings.Count(whole, "\n")
	for n := range total {
		for _, order := range []string{"-unordered=false", "-unordered"} {
			ctx, cancel := context.WithCancel(t.Context())
			out := &hook{after: n + 1, do: cancel}
			var errs bytes.Buffer
			status := run(ctx, []string{order, root}, out, &errs)
			printed := strings.Count(out.written.String(), "\n")
			if printed == total && status == console.OK {
				continue // the last line was the end
			}
			accounts(t, errs.String(), "context canceled", total, printed, 0)
			if status != console.Interrupted {
				t.Errorf("digest %s ended after line %d: %d, want %d", order, n+1, status, console.Interrupted)
			}
			if order != "-unordered" && !strings.HasPrefix(whole, out.written.String()) {
				t.Errorf("digest ended after line %d printed %q, want the first lines of a whole run", n+1, out.written.String())
			}
			if !strings.HasSuffix(out.written.String(), "\n") {
				t.Errorf("digest %s ended after line %d left a part of one: %q", order, n+1, out.written.String())
			}
		}
	}
}

// Output that cannot be written ends the run. What was hashed and not written
// counts as that.
func TestBrokenOutput(t *testing.T) {
	root := exampletest.Tree(t, "a")
	full := errors.New("no space left")
	var errs bytes.Buffer
	status := run(t.Context(), []string{root}, &hook{after: 1, err: full}, &errs)
	says := "digest: no space left: of 1 file, 0 were printed, 1 was hashed and not printed, 0 were not hashed, 0 could not be read\n"
	if status != console.Failed || errs.String() != says {
		t.Errorf("digest into a full disk = %d, %q, want %d, %q", status, errs.String(), console.Failed, says)
	}

	errs.Reset()
	root = exampletest.Tree(t, "a", "b", "c")
	status = run(t.Context(), []string{root}, &hook{after: 2, err: full}, &errs)
	accounts(t, errs.String(), full.Error(), 3, 1, 0)
	if status != console.Failed {
		t.Errorf("digest into a full disk = %d, want %d", status, console.Failed)
	}
}

// A hook is a writer that does something, or fails, at its nth write.
type hook struct {
	written bytes.Buffer
	after   int
	do      func()
	err     error
}

func (h *hook) Write(b []byte) (int, error) {
	h.after--
	if h.after == 0 && h.err != nil {
		return 0, h.err
	}
	n, err := h.written.Write(b)
	if h.after == 0 {
		h.do()
	}
	return n, err
}
