package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
	"github.com/stretchr/testify/require"
)

// The table has the most frequent keys first, and equal ones sorted.
func TestTable(t *testing.T) {
	root := written(t, map[string]string{"log": "x b\nx a\n" + strings.Repeat("x c\n", 10)})
	args := []string{"-by", "match", "-match", `x (.*)`}
	for top, want := range map[string]string{
		"0": "10  c\n 1  a\n 1  b\n",
		"1": "10  c\n",
		"9": "10  c\n 1  a\n 1  b\n",
	} {
		out, errs, status := counted(append(args, "-top", top, root)...)
		if out != want || errs != "" || status != console.OK {
			t.Errorf("loggrep -top %s = %q, %q, %d, want %q", top, out, errs, status, want)
		}
	}
	if got, want := (tally{"a\nb": 1}).table(0), "1  \"a\\nb\"\n"; got != want {
		t.Errorf("table = %q, want %q", got, want)
	}
}

func TestByFile(t *testing.T) {
	root := written(t, map[string]string{"a": "ERROR\n", "b/c": "ERROR\nERROR\nINFO\n", "d": "INFO\n", "e": ""})
	out, errs, status := counted("-by", "file", "-level", "error", "-workers", "2", root)
	if want := "2  " + root + "/b/c\n1  " + root + "/a\n"; out != want || errs != "" || status != console.OK {
		t.Errorf("loggrep = %q, %q, %d, want %q", out, errs, status, want)
	}
}

func TestEmptyTree(t *testing.T) {
	if out, errs, status := counted(t.TempDir()); out != "" || errs != "loggrep: of 0 files, no entry counts\n" || status != console.OK {
		t.Errorf("loggrep of nothing = %q, %q, %d, want that nothing counts", out, errs, status)
	}
}

// A table without a line is explained.
func TestNothingCounts(t *testing.T) {
	root := written(t, map[string]string{"a": "INFO\n"})
	out, errs, status := counted("-level", "warn", root)
	if out != "" || errs != "loggrep: of 1 file, no entry counts\n" || status != console.OK {
		t.Errorf("loggrep = %q, %q, %d, want no table, and why", out, errs, status)
	}
}

// What cannot be read is reported, and the rest is counted.
func TestErrorsOfSingleFiles(t *testing.T) {
	root := written(t, map[string]string{"a": "INFO\n", "b": "INFO\n"})
	missing := filepath.Join(root, "missing")
	out, errs, status := counted("-workers", "1", filepath.Join(root, "a"), missing, filepath.Join(root, "b"))
	says := "loggrep: stat " + missing + ": no such file or directory\nloggrep: of 3 files, 1 could not be read\n"
	if out != "2  info\n" || errs != says || status != console.Failed {
		t.Errorf("loggrep = %q, %q, %d, want the others counted, %q, %d", out, errs, status, says, console.Failed)
	}
}

// A file that goes away after the search is one that cannot be read.
func TestVanishedFile(t *testing.T) {
	root := written(t, map[string]string{"a": "INFO\n", "b": "INFO\n"})
	files, err := tree.List(t.Context(), []string{root})
	require.NoError(t, err)
	require.NoError(t, os.Remove(files[0].Path))
	p := pool.New()
	defer p.Close()
	g := grep{query: query{by: byLevel}, progress: new(console.Progress), block: blockSize}
	total, failed := tally{}, 0
	for piece, err := range g.tallies(p, files).All(t.Context()) {
		if err != nil {
			require.ErrorIs(t, err, os.ErrNotExist)
			failed++
		}
		total.add(piece)
	}
	if failed != 1 || g.progress.Items.Load() != 2 {
		t.Errorf("%d files failed and %d were done with, want 1 and 2", failed, g.progress.Items.Load())
	}
	equal(t, "levels", total, tally{"info": 1})
}

func TestUsage(t *testing.T) {
	for args, says := range map[string]string{
		"":                "no path",
		"-by month .":     "-by month: want level, file or match",
		"-by match .":     "-by match: want a -match",
		"-match ( .":      "missing closing )",
		"-level loud .":   "want one of none, trace, debug",
		"-top -1 .":       "-top -1: want 0 or more",
		"-workers -1 .":   "-workers -1: want 0 or more",
		"-timeout -1s .":  "-timeout -1s: want 0 or more",
		"-workers many .": "invalid value",
		"-nonsense":       "not defined: -nonsense",
	} {
		out, errs, status := counted(strings.Fields(args)...)
		if !strings.Contains(errs, says) || !strings.Contains(errs, "usage: loggrep [flags] path...") || out != "" || status != console.Usage {
			t.Errorf("loggrep %s = %q, %q, %d, want %q, %d", args, out, errs, status, says, console.Usage)
		}
	}
	if out, errs, status := counted("-h"); out != "" || !strings.Contains(errs, "-match") || status != console.OK {
		t.Errorf("loggrep -h = %q, %q, %d, want the flags, %d", out, errs, status, console.OK)
	}
}

func TestTimeout(t *testing.T) {
	root := written(t, map[string]string{"a": "INFO\n"})
	out, errs, status := counted("-timeout", "1ns", root)
	if want := "loggrep: timed out while looking for files; none was counted\n"; out != "" || errs != want || status != console.Timeout {
		t.Errorf("loggrep = %q, %q, %d, want %q, %d", out, errs, status, want, console.Timeout)
	}
}

// A run that ends in its midst says so, once, at whatever piece; then nothing of
// it is at work.
func TestEndedAtAnyPiece(t *testing.T) {
	files, err := tree.List(t.Context(), []string{exampletest.Goroot(t, "container")})
	require.NoError(t, err)
	p := pool.New()
	defer p.Close()
	g := grep{query: query{by: byMatch, match: regexp.MustCompile(`\w+`)}, progress: new(console.Progress), block: 2000}
	why := errors.New("enough")
	all, err := g.tallies(p, files).Count(t.Context())
	require.NoError(t, err)
	require.Greater(t, all, 20)
	for n := 1; n < all; n++ {
		pieces, last := endedAt(t, g.tallies(p, files), n, why)
		if pieces != n || !errors.Is(last, future.ErrNotDone) || !errors.Is(last, why) {
			t.Errorf("ended at piece %d of %d: %d pieces, then %v, want that many, then %v", n, all, pieces, last, why)
		}
		if s := p.Stats(); s.Running+s.Waiting+s.Queued != 0 {
			t.Errorf("ended at piece %d: the pool is %v, want it at rest", n, p)
		}
	}
}

// endedAt runs s, with a context that ends at the nth piece, and returns how many
// pieces there were and the last error.
func endedAt(t *testing.T, s stream.Stream[tally], n int, why error) (pieces int, last error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	for _, err := range s.All(ctx) {
		if last != nil {
			t.Errorf("an item after %v", last)
		}
		if last = err; err != nil {
			continue
		}
		if pieces++; pieces == n {
			cancel(why)
		}
	}
	return pieces, last
}

// An interrupt ends the program without a table. It is amid a file then that takes hours to read,
// and has said that another one is missing.
func TestInterrupt(t *testing.T) {
	root := t.TempDir()
	missing, long := filepath.Join(root, "missing"), filepath.Join(root, "long")
	require.NoError(t, os.WriteFile(long, nil, 0o600))
	if err := os.Truncate(long, 8<<40); err != nil {
		t.Skip("files cannot be as long here:", err)
	}
	p := exampletest.Start(t, missing, long)
	require.Equal(t, "loggrep: stat "+missing+": no such file or directory\n", p.Says(t))
	p.Interrupt()
	out, errs, state := p.End(t)
	errs = strings.Replace(errs, exampletest.Noticed, "", 1)
	says := regexp.MustCompile(`^loggrep: interrupt signal received: of 2 files, (1 was|2 were) not read to the end\n$`) // the one that is missing may not be counted yet
	if out != "" || !says.MatchString(errs) || state.ExitCode() != console.Interrupted {
		t.Errorf("the interrupted program = %q, %q, %v, want no table and status %d", out, errs, state, console.Interrupted)
	}
}
