package main

import (
	"bytes"
	"context"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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

// account matches what a run says that ended early.
var account = regexp.MustCompile(`^digest: (.*): of (\d+) files?, (\d+) (?:was|were) printed, (\d+) (?:was|were) hashed and not printed, (\d+) (?:was|were) not hashed, (\d+) could not be read\n$`)

// accounts checks that a run which ended early says why, how many files it has
// printed, and where the others are.
func accounts(t *testing.T, says, why string, total, printed, failed int) {
	t.Helper()
	m := account.FindStringSubmatch(says)
	if m == nil || m[1] != why {
		t.Fatalf("stderr = %q, want %q and an account", says, why)
	}
	var n [5]int // files, printed, not printed, not hashed, failed
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+2])
	}
	if n[0] != total || n[1] != printed || n[4] != failed || n[1]+n[2]+n[3]+n[4] != total {
		t.Errorf("stderr = %q, want %d files, %d of them printed and %d failed", says, total, printed, failed)
	}
}
