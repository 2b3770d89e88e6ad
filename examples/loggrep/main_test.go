package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/millrace-go/millrace/pool"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// counted runs the program in this process.
func counted(args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), status
}

// written makes a directory with files of the given contents.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return root
}

// tallyOf runs the pipeline over the files below root, in blocks of about the
// given size.
func tallyOf(t *testing.T, q query, workers, block int, root string) tally {
	t.Helper()
	files, err := tree.List(t.Context(), []string{root})
	require.NoError(t, err)
	p := pool.New(millrace.WithWorkers(workers))
	defer p.Close()
	g := grep{query: q, progress: new(console.Progress), block: block}
	total := tally{}
	for piece, err := range g.tallies(p, files).All(t.Context()) {
		require.NoError(t, err)
		total.add(piece)
	}
	if got, want := g.progress.Items.Load(), int64(len(files)); got != want {
		t.Errorf("%d files were counted, want %d", got, want)
	}
	if got, want := g.progress.Bytes.Load(), tree.Size(files); got != want {
		t.Errorf("%d bytes were read, want %d", got, want)
	}
	return total
}

// equal compares two tallies.
func equal(t *testing.T, what string, got, want tally) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for key := range want {
		if got[key] != want[key] {
			t.Errorf("%s: %q was counted %d times, want %d", what, key, got[key], want[key])
			return
		}
	}
	t.Errorf("%s: %d keys, want %d", what, len(got), len(want))
}
