//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// An interrupt ends a run in its midst. The run cannot get to its end before,
// because it writes more than a pipe takes, and is not read until it has said
// something: that it has noticed, or that it has ended.
func TestInterrupt(t *testing.T) {
	root := exampletest.Goroot(t, ".")
	whole, _, _ := digestOf(root)
	if pipe := 64 << 10; len(whole) < 4*pipe {
		t.Skipf("the %d bytes of %s fit into a pipe", len(whole), root)
	}
	p := exampletest.Start(t, root)
	first := make([]byte, 1)
	_, err := io.ReadFull(p.Stdout, first)
	require.NoError(t, err)
	p.Interrupt()
	says := p.Says(t)
	out, errs, state := p.End(t)
	out, errs = string(first)+out, strings.Replace(says+errs, exampletest.Noticed, "", 1)

	total, printed := strings.Count(whole, "\n"), strings.Count(out, "\n")
	if !strings.HasPrefix(whole, out) || !strings.HasSuffix(out, "\n") || printed == total {
		t.Errorf("an interrupted run printed %d of %d lines, ending in %q, want the first of them, whole", printed, total, tail(out))
	}
	accounts(t, errs, "interrupt signal received", total, printed, 0)
	if status := state.ExitCode(); status != console.Interrupted {
		t.Errorf("an interrupted run ends with %d, want %d", status, console.Interrupted)
	}
}

// What may not be read is reported and the rest is hashed. Root may read
// everything, so it gives that right up.
func TestUnreadable(t *testing.T) {
	root := exampletest.Tree(t, "a", "closed/x", "secret", "z")
	require.NoError(t, os.Chmod(filepath.Join(root, "closed"), 0))
	require.NoError(t, os.Chmod(filepath.Join(root, "secret"), 0))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "closed"), 0o700) })

	cmd := exampletest.Command(t, root)
	if os.Geteuid() == 0 {
		asNobody(t, cmd, root)
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its status is looked at below
	says := strings.Join([]string{
		"digest: open " + root + "/closed: permission denied",
		"digest: open " + root + "/secret: permission denied",
		"digest: of 4 files, 2 could not be read", "",
	}, "\n")
	if status := cmd.ProcessState.ExitCode(); status != console.Failed || errs.String() != says {
		t.Errorf("digest of what may not be read = %d, %q, want %d, %q", status, errs.String(), console.Failed, says)
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, root+"/a\n") || !strings.Contains(got, root+"/z\n") {
		t.Errorf("digest of what may not be read = %q, want the lines of a and z", got)
	}
}

// asNobody has cmd run as a user without rights, to whom it gives root. The
// test binary may lie where only its owner may go, so that user gets a copy.
func asNobody(t *testing.T, cmd *exec.Cmd, root string) {
	t.Helper()
	const nobody = 65534
	binary, err := os.ReadFile(cmd.Path)
	require.NoError(t, err)
	cmd.Path = filepath.Join(t.TempDir(), "digest.test")
	require.NoError(t, os.WriteFile(cmd.Path, binary, 0o755))
	require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	}))
	require.NoError(t, os.Chmod(filepath.Dir(root), 0o755))
	cmd.Dir = root
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

func tail(s string) string { return s[max(0, len(s)-40):] }
