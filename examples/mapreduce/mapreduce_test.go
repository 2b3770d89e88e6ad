package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// reduced runs the program in this process.
func reduced(ctx context.Context, args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(ctx, args, &out, &errs)
	return out.String(), errs.String(), status
}

// written makes a file of each text.
func written(t *testing.T, texts ...string) (files []string) {
	t.Helper()
	for i, text := range texts {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		files = append(files, path)
	}
	return files
}

func TestTable(t *testing.T) {
	files := written(t, "b;-1.0\na;10.5\nb;0.4\n", "", "a;9.5\nb;-0.7", "c;0.0\n")
	const want = "" +
		"a               9.5   10.0   10.5\n" +
		"b              -1.0   -0.4    0.4\n" +
		"c               0.0    0.0    0.0\n"
	for _, workers := range []string{"1", "2", "9"} {
		out, errs, status := reduced(t.Context(), append([]string{"-workers", workers}, files...)...)
		if out != want || errs != "" || status != console.OK {
			t.Errorf("mapreduce -workers %s = %q, %q, %d, want %q", workers, out, errs, status, want)
		}
	}
}

// However the lines are spread over files, the table is that of one file with all
// of them.
func TestSpread(t *testing.T) {
	text, _, _ := reduced(t.Context(), "-generate", "5000")
	want, _, _ := reduced(t.Context(), written(t, text)...)
	if strings.Count(want, "\n") != 6 {
		t.Fatalf("the table of one file is %q, want 6 lines", want)
	}
	parts := make([]string, 40)
	for line := range strings.Lines(text) {
		parts[rand.IntN(len(parts))] += line
	}
	if got, errs, status := reduced(t.Context(), written(t, parts...)...); got != want || errs != "" || status != console.OK {
		t.Errorf("mapreduce of 40 files = %q, %q, %d, want %q", got, errs, status, want)
	}
}

// What cannot be read is reported with its place, and there is no half table.
func TestErrors(t *testing.T) {
	good := written(t, "a;1.0\n")[0]
	for _, line := range []string{"a", "a;1", "a;1.00", "a;x.0", ";1.0", "a;1.0;2.0", ""} {
		bad := written(t, "a;1.0\n"+line+"\na;1.0\n")[0]
		out, errs, status := reduced(t.Context(), good, bad)
		if want := fmt.Sprintf("%s:2: %q is no measurement", bad, line); out != "" || !strings.Contains(errs, want) || status != console.Failed {
			t.Errorf("mapreduce = %q, %q, %d, want %q", out, errs, status, want)
		}
	}
	long := written(t, strings.Repeat("a", 1<<20))[0]
	if out, errs, status := reduced(t.Context(), good, long); out != "" || !strings.Contains(errs, long) || status != console.Failed {
		t.Errorf("mapreduce = %q, %q, %d, want that a line of %s is too long", out, errs, status, long)
	}
	if out, errs, status := reduced(t.Context(), good, good+"missing"); out != "" || !strings.Contains(errs, "no such file") || status != console.Failed {
		t.Errorf("mapreduce = %q, %q, %d, want that there is no such file", out, errs, status)
	}
	for _, args := range []string{"", "-workers 0 x", "-generate -1", "-generate 1 x", "-nonsense"} {
		if out, errs, status := reduced(t.Context(), strings.Fields(args)...); out != "" || errs == "" || status != console.Usage {
			t.Errorf("mapreduce %s = %q, %q, %d, want %d", args, out, errs, status, console.Usage)
		}
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, errs, status := reduced(ctx, written(t, "a;1.0\n")...); out != "" || errs != "mapreduce: context canceled\n" || status != console.Interrupted {
		t.Errorf("mapreduce = %q, %q, %d, want %d", out, errs, status, console.Interrupted)
	}
}

// An interrupt ends -generate behind a line.
func TestInterruptOfGenerate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"-generate", "1000000"}, exampletest.Writer(func(b []byte) (int, error) { cancel(); return out.Write(b) }), &errs)
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1000 || !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
		t.Errorf("mapreduce -generate printed %d lines before the interrupt, want 1000 whole ones", n)
	}
	if errs.String() != "mapreduce: context canceled after 1000 lines\n" || status != console.Interrupted {
		t.Errorf("mapreduce -generate = %q, %d, want %d", errs.String(), status, console.Interrupted)
	}
}
