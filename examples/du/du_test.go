package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/future"
	"github.com/stretchr/testify/require"
)

// du runs the program in this process.
func du(args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), status
}

// walked is the plain program.
func walked(t *testing.T, root string) (n int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			info, err := d.Info()
			require.NoError(t, err)
			n += info.Size()
		}
		return err
	}))
	return n
}

// A real tree has its size, with one worker and with more.
func TestSize(t *testing.T) {
	root := exampletest.Goroot(t, "encoding")
	want := fmt.Sprintf("%12d  %s\n", walked(t, root), root)
	for _, workers := range []string{"1", "2", "100"} {
		if out, errs, status := du("-workers", workers, root); out != want || errs != "" || status != console.OK {
			t.Errorf("du -workers %s = %q, %q, %d, want %q", workers, out, errs, status, want)
		}
	}
}

// A chain of directories that is deeper than there are workers comes to its end.
func TestDeep(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, strings.Repeat("d/", 300))
	require.NoError(t, os.MkdirAll(deep, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(deep, "f"), []byte("12345"), 0o600))
	if out, errs, status := du("-workers", "1", dir); !strings.HasPrefix(strings.TrimSpace(out), "5 ") || errs != "" || status != console.OK {
		t.Errorf("du = %q, %q, %d, want 5 bytes", out, errs, status)
	}
}

func TestDepth(t *testing.T) {
	root := exampletest.Tree(t, "a/x", "b/long-name", "b/c/y", "z")
	want := fmt.Sprintf("%12d  %[2]s\n%12[3]d  %[2]s/b\n%12[4]d  %[2]s/b/c\n%12[5]d  %[2]s/a\n", 3+11+5+1, root, 11+5, 5, 3)
	if out, _, _ := du("-depth", "2", root); out != want {
		t.Errorf("du -depth 2 = %q, want %q", out, want)
	}
}

func TestErrors(t *testing.T) {
	root := exampletest.Tree(t, "a")
	missing := filepath.Join(root, "missing")
	out, errs, status := du(root, missing)
	if want := fmt.Sprintf("%12d  %s\n", 1, root); out != want || !strings.Contains(errs, "du: stat "+missing) || status != console.Failed {
		t.Errorf("du = %q, %q, %d, want the size of the one, %q, and an error of the other", out, errs, status, want)
	}
	for _, args := range []string{"", "-workers 0 .", "-depth -1 .", "-nonsense"} {
		if out, errs, status := du(strings.Fields(args)...); out != "" || errs == "" || status != console.Usage {
			t.Errorf("du %s = %q, %q, %d, want %d", args, out, errs, status, console.Usage)
		}
	}
}

// What a task could not add up is an error, and the rest counts.
func TestAdd(t *testing.T) {
	boom := errors.New("boom")
	var u usage
	u.add(t.Context(), []*future.Future[usage]{future.Rejected[usage](boom), future.Resolved(usage{bytes: 3})})
	require.Equal(t, []error{boom}, u.errs)
	require.Equal(t, int64(3), u.bytes)
}

// An interrupt ends the run without a size: half of one is none.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{exampletest.Goroot(t, "encoding")}, &out, &errs)
	if out.Len() != 0 || errs.String() != "du: context canceled\n" || status != console.Interrupted {
		t.Errorf("du = %q, %q, %d, want nothing printed, %d", out.String(), errs.String(), status, console.Interrupted)
	}
}
