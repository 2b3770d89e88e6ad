package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/docblock"
	"github.com/stretchr/testify/require"
)

// documents returns the paths of the Markdown documents whose code is checked.
func documents(t *testing.T) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"README.md", "examples/README.md", "examples/*/README.md", "cluster/README.md", "cluster/*/README.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root(t), pattern))
		require.NoError(t, err)
		paths = append(paths, found...)
	}
	require.NotEmpty(t, paths)
	return paths
}

// blocks returns the blocks of all documents that are of a language.
func blocks(t *testing.T, lang string) (all []docblock.Block) {
	t.Helper()
	for _, path := range documents(t) {
		found, err := docblock.Read(path)
		require.NoError(t, err)
		for _, b := range found {
			if b.Lang == lang {
				all = append(all, b)
			}
		}
	}
	return all
}

var (
	isMain = regexp.MustCompile(`(?m)^package main$`)
	name   = regexp.MustCompile(`\W+`)
)

// put makes a package of each block, in a directory of this module that ./... does
// not match, and returns their paths.
func put(t *testing.T, blocks []docblock.Block, file string) (packages []string) {
	t.Helper()
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	t.Cleanup(func() { _ = os.Remove("testdata") }) // unless another test is at work
	dir, err := os.MkdirTemp("testdata", "docs")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, b := range blocks {
		rel, err := filepath.Rel(root(t), b.Path)
		require.NoError(t, err)
		p := filepath.Join(dir, fmt.Sprintf("%s_%d", name.ReplaceAllString(strings.TrimSuffix(rel, ".md"), "_"), b.Line))
		require.NoError(t, os.Mkdir(p, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(p, file), []byte(b.Text), 0o600))
		packages = append(packages, "./"+filepath.ToSlash(p))
	}
	return packages
}

// tool runs the go command of a version, "" for this one, on packages.
func tool(t *testing.T, version string, packages []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append(args, packages...)...)
	if version != "" {
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+version)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", args[0], err, out)
	}
}

// newest is the Go for programs that need more than go.mod says.
const newest = "go1.27.2"

// has returns the version to give to tool for programs that need one, "" if this
// Go will do. It skips the test if the newest one is neither here nor to be had.
func has(t *testing.T, needs string) string {
	t.Helper()
	if needs == "" || !strings.HasPrefix(runtime.Version(), "go1.26") {
		return ""
	}
	cmd := exec.Command("go", "version")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+newest)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("there is no %s: %v\n%s", newest, err, out)
	}
	return newest
}

// goBlocks returns the whole files of the documents that need a version of Go:
// programs, or tests.
func goBlocks(t *testing.T, needs string, programs bool) (all []docblock.Block) {
	t.Helper()
	for _, b := range blocks(t, "go") {
		if b.Program() && b.Go == needs && isMain.MatchString(b.Text) == programs {
			if needs != "" { // in a module of an older version
				b.Text = "//go:build go" + needs + "\n\n" + b.Text
			}
			all = append(all, b)
		}
	}
	return all
}

// Every program of the documents compiles, passes vet, and prints what the
// document says.
func TestPrograms(t *testing.T) {
	for _, needs := range []string{"", "1.27"} {
		t.Run("go"+needs, func(t *testing.T) {
			all := goBlocks(t, needs, true)
			if len(all) == 0 {
				return
			}
			version, packages := has(t, needs), put(t, all, "main.go")
			tool(t, version, packages, "vet")
			if testing.Short() || t.Failed() {
				return
			}
			dir := t.TempDir()
			tool(t, version, packages, "build", "-o", dir+string(os.PathSeparator))
			for i, b := range all {
				name := filepath.Base(packages[i])
				t.Run(name, func(t *testing.T) { runs(t, b, exec.Command(filepath.Join(dir, name))) })
			}
		})
	}
}

// runs compares what a program prints with what its document says.
func runs(t *testing.T, b docblock.Block, cmd *exec.Cmd) {
	t.Helper()
	t.Parallel() // some of them sleep
	if b.Prints == nil {
		return // it is a service, or its output is not always the same
	}
	out, err := cmd.Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != strings.TrimSpace(*b.Prints) {
		t.Errorf("%s prints %q, %v, want %q", b.Pos(), got, err, strings.TrimSpace(*b.Prints))
	}
}

// Every test of the documents passes.
func TestTests(t *testing.T) {
	all := goBlocks(t, "", false)
	if len(all) == 0 {
		return
	}
	packages := put(t, all, "doc_test.go")
	tool(t, "", packages, "vet")
	if !testing.Short() && !t.Failed() {
		tool(t, "", packages, "test")
	}
}

// A block of Go that is no whole file is an excerpt of one.
func TestExcerpts(t *testing.T) {
	for _, b := range blocks(t, "go") {
		if b.Program() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root(t), b.From))
		if err != nil || b.From == "" || !strings.Contains(flat(string(text)), flat(b.Text)) {
			t.Errorf("%s is neither a whole file nor an excerpt of %q", b.Pos(), b.From)
		}
	}
}

var comment = regexp.MustCompile(`\s*//.*`)

// flat is code without its indentation, comments and blank lines: a document may
// say more, or less, of what a line does.
func flat(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(comment.ReplaceAllString(line, "")); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// The programs that a reader comes from print what the document says, where their
// languages are installed.
func TestForeignPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("starts other languages")
	}
	for lang, tool := range map[string]struct{ command, file string }{
		"python": {"python3", "main.py"}, "js": {"node", "main.mjs"}, "java": {"java", "Main.java"},
	} {
		path, err := exec.LookPath(tool.command)
		if err != nil {
			t.Logf("there is no %s", tool.command)
			continue
		}
		for _, b := range blocks(t, lang) {
			t.Run(fmt.Sprintf("%s_%d", lang, b.Line), func(t *testing.T) {
				source := filepath.Join(t.TempDir(), tool.file)
				require.NoError(t, os.WriteFile(source, []byte(b.Text), 0o600))
				runs(t, b, exec.Command(path, source))
			})
		}
	}
}

var (
	link   = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	fenced = regexp.MustCompile("(?s)```.*?```")
	span   = regexp.MustCompile("`[^`\n]+`")
)

// Links between the documents, and to files, lead somewhere.
func TestLinks(t *testing.T) {
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(span.ReplaceAllString(fenced.ReplaceAllString(string(text), ""), ""), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: there is no %s", path, m[1])
			}
		}
	}
}
