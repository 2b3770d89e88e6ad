package release_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace-go/millrace/tools/internal/release"
	"github.com/stretchr/testify/require"
)

func TestRepository(t *testing.T) {
	findings, err := release.Check("../../..")
	require.NoError(t, err)
	require.Empty(t, findings)
}

// agreement is a repository that agrees with itself about its version.
var agreement = map[string]string{
	"CHANGELOG.md":             "## [Unreleased]\n\n## [1.2.3] - 2026-11-28\n\n### Added\n- `pool.Go`, `Pool.Close`\n",
	"bench/version.go":         `const version = "1.2"`,
	"README.md":                "Get v1.2.3.",
	"api/pool.txt":             "func Go()\nmethod (*Pool) Close() error\n",
	"tools/go.mod":             "module github.com/millrace-go/millrace/tools\n",
	"cluster/jetstream/go.mod": "module github.com/millrace-go/millrace/cluster/jetstream\n\nreplace github.com/millrace-go/millrace => ../..\n",
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"agreement", "docs/other.md", "v1.2.3", ""},
		{"no release", "CHANGELOG.md", "## [Unreleased]\n", "no release"},
		{"no date", "CHANGELOG.md", "## [1.2.3]\n- `pool.Go` `Pool.Close`\n", `of ""`},
		{"benchmarks of another version", "bench/version.go", `const version = "1.1"`, "want version 1.2"},
		{"a document of another version", "docs/tuning.md", "since v1.2.0", "docs/tuning.md: v1.2.0, want v1.2.3"},
		{"versions of others", "docs/coming-from/conc.md", "v0.3.0", ""},
		{"results of another version", "bench/RESULTS.md", "v0.3.0", ""},
		{"a module of another version", "cluster/go.mod", "require (\n\tgithub.com/millrace-go/millrace v0.0.0\n)\n", "cluster/go.mod: github.com/millrace-go/millrace v0.0.0, want v1.2.3"},
		{"a module that nobody imports", "examples/go.mod", "require github.com/millrace-go/millrace v0.0.0\n", ""},
		{"a replacement", "cluster/go.mod", "replace github.com/millrace-go/millrace => ../\n", ""},
		{"a command", "docs/other.md", "go install github.com/millrace-go/millrace/tools/check@latest\n", ""},
		{"a command that cannot be installed", "docs/other.md", "go run github.com/millrace-go/millrace/cluster/jetstream/status@v1.2.3\n", "docs/other.md: go cannot install cluster/jetstream/status"},
		{"a command of the module at hand", "docs/other.md", "go run github.com/millrace-go/millrace/cluster/jetstream/status\n", ""},
		{"a name that is told nowhere", "api/pool.txt", "func New()", "nothing names `pool.New` of api/pool.txt"},
		{"a method that is told nowhere", "api/pool.txt", "method (*Pool) Seal()", "`Pool.Seal`"},
		{"a usual method", "api/pool.txt", "method (*Pool) String() string", ""},
		{"a field", "api/pool.txt", "type Stats struct, Queued int", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := check(t, map[string]string{c.file: c.text})
			if c.want == "" {
				require.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			require.Contains(t, findings[0], c.want)
		})
	}
}

// check returns what Check finds in a repository that agrees with itself but for these files.
func check(t *testing.T, files map[string]string) []string {
	t.Helper()
	root := t.TempDir()
	for name, text := range agreement {
		write(t, root, name, text)
	}
	for name, text := range files {
		write(t, root, name, text)
	}
	findings, err := release.Check(root)
	require.NoError(t, err)
	return findings
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}
