package misuse_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/millrace-go/millrace/tools/internal/misuse"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"
)

const library = "../../.."

// Each analyzer is tested on the library as it is, not on a copy of its
// declarations, so that a name that changes there is missed here.
func TestAnalyzers(t *testing.T) {
	dir := user(t)
	for _, a := range misuse.Analyzers {
		t.Run(a.Name, func(t *testing.T) { analysistest.Run(t, dir, a, "./"+a.Name) })
	}
}

// What is right in the eyes of one check is so in the eyes of all the others, too:
// each of them is run over the cases of all.
func TestUnderGoVet(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a command")
	}
	dir := user(t)
	tool := filepath.Join(t.TempDir(), "millracecheck")
	run(t, ".", "go", "build", "-o", tool, "../../millracecheck")
	vet := exec.Command("go", "vet", "-vettool="+tool, "./discard", "./lostchild")
	vet.Dir = dir
	out, err := vet.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "discard.go:15:2: the result of pool.Map is discarded")
	require.Contains(t, string(out), "lostchild.go:14:3: nobody awaits this task")
}

// user returns a module that uses the library of this repository, with a package
// for each directory of testdata.
func user(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata")))
	root, err := filepath.Abs(library)
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	const name = "github.com/millrace-go/millrace"
	text := regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(string(mod), "module example.com/user")
	text += "\nrequire " + name + " v0.0.0\n\nreplace " + name + " => " + root + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
	run(t, dir, "go", "mod", "download")
	return dir
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
