// Package examples_test runs what the documentation tells a reader to run.
package examples_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	require.NoError(t, err)
	return dir
}

// shell runs a line in the root of the repository, as a reader would.
func shell(t *testing.T, line string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir = root(t) // which sets PWD too
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// A relative path is the shell's, though the go command starts the program
// elsewhere.
func TestRelativePath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("shells set no PWD here")
	}
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	require.NoError(t, err)
	out, errs, err := shell(t, "go -C examples run ./digest README.md")
	if want := fmt.Sprintf("%x  README.md\n", sha256.Sum256(text)); err != nil || out != want {
		t.Errorf("digest README.md = %q, %q, %v, want %q", out, errs, err, want)
	}
}

var (
	block  = regexp.MustCompile("(?s)```sh\n(.*?)```")
	serves = regexp.MustCompile(`run \./(lookup|jobs|gateway) *(-admin [^#]*)?(#.*)?$`) // what does not end
)

// commands returns the commands of a document that run an example to its end.
func commands(t *testing.T, path string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), path))
	require.NoError(t, err)
	for _, b := range block.FindAllSubmatch(text, -1) {
		for s := bufio.NewScanner(bytes.NewReader(b[1])); s.Scan(); {
			if (strings.HasPrefix(s.Text(), "go -C examples run ") || strings.HasPrefix(s.Text(), "mkdir ")) && !serves.MatchString(s.Text()) {
				lines = append(lines, s.Text())
			}
		}
	}
	return lines
}

// The commands of the documentation print something, and do not fail for another
// reason than that there is something to be told.
func TestCommands(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("hashes and counts all of GOROOT, with the commands of a POSIX shell")
	}
	tmp := t.TempDir()
	var all []string
	for _, path := range []string{"README.md", "examples/README.md", "examples/gateway/README.md"} {
		all = append(all, commands(t, path)...)
	}
	if len(all) < 6 {
		t.Errorf("the documentation has %d commands, want at least 6: %q", len(all), all)
	}
	for _, line := range all {
		if strings.Contains(line, " /var/log") {
			if files, _ := filepath.Glob("/var/log/*.log"); len(files) == 0 {
				continue
			}
		}
		if strings.HasPrefix(line, "mkdir ") {
			line += "; echo made"
		}
		out, errs, err := shell(t, strings.ReplaceAll(line, "/tmp/", tmp+"/"))
		status := 0
		if exit, ok := err.(*exec.ExitError); ok {
			status = exit.ExitCode()
		}
		silent := strings.Contains(line, " >") || strings.Contains(line, "thumbnails -generate")
		if status > 1 || (out == "") != silent {
			t.Errorf("%s\nprints %d bytes, says %q and ends with %v", line, len(out), errs, err)
		}
	}
}
