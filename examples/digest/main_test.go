package main

import (
	"bytes"
	"context"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// digestOf runs the program in this process.
func digestOf(args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), status
}

// sorted returns the regular files below root in the byte order of their paths.
func sorted(t *testing.T, root string) (paths []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	}))
	slices.Sort(paths)
	return paths
}

// sha256sum returns what the real one says of the files.
func sha256sum(t *testing.T, paths ...string) string {
	t.Helper()
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("there is no sha256sum to compare with")
	}
	out, err := exec.Command(tool, append([]string{"--"}, paths...)...).Output()
	require.NoError(t, err)
	return string(out)
}

// lines returns the lines of s, sorted.
func lines(s string) []string { return slices.Sorted(strings.Lines(s)) }
