package hosting_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace-go/millrace/tools/internal/hosting"
	"github.com/stretchr/testify/require"
)

func TestRepository(t *testing.T) {
	findings, err := hosting.Check("../../..")
	require.NoError(t, err)
	require.Empty(t, findings)
}

const good = `name: ci
on: push
permissions: {contents: read}
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    strategy:
      matrix:
        step: [vet, test]
    steps:
      - uses: actions/checkout@v5
      - run: bash .ci/run test
      - run: bash tools/nightly ${{ matrix.step }}
`

func TestCheck(t *testing.T) {
	const head = "name: ci\non: push\npermissions: {}\njobs: {a: {runs-on: x, timeout-minutes: 5, steps: [{"
	for _, c := range []struct{ name, text, want string }{
		{"good", good, ""},
		{"no YAML", "jobs: [", "did not find expected node content"},
		{"no timeout", "name: ci\non: push\npermissions: {}\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v5}]}}", "timeout-minutes"},
		{"no permissions", "name: ci\non: push\njobs: {a: {runs-on: x, timeout-minutes: 5, steps: [{uses: actions/checkout@v5}]}}", "permissions"},
		{"another's action", head + "uses: someone/thing@v1}]}}", "not an action of the host"},
		{"another command", head + "run: go test ./...}]}}", "want bash, .ci/run"},
		{"no step", head + "run: bash .ci/run tset}]}}", ".ci/run has no step tset"},
		{"a step of the other script", head + "run: bash .ci/run soak}]}}", ".ci/run has no step soak"},
		{"no matrix", head + "run: 'bash .ci/run ${{ matrix.step }}'}]}}", "the matrix has no such values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, err := hosting.Check(repository(t, c.text, "/", "/bench"))
			require.NoError(t, err)
			if c.want == "" {
				require.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			require.Contains(t, findings[0], c.want)
		})
	}
}

func TestUpdates(t *testing.T) {
	findings, err := hosting.Check(repository(t, good, "/", "/gone"))
	require.NoError(t, err)
	require.Equal(t, []string{
		".github/dependabot.yml: the module in /bench is not listed",
		".github/dependabot.yml: there is no module in /gone",
	}, findings)
}

// What a script runs without arguments, a workflow runs, too.
func TestUnusedSteps(t *testing.T) {
	root := repository(t, good, "/", "/bench")
	nightly := filepath.Join(root, "tools", "nightly")
	require.NoError(t, os.WriteFile(nightly, []byte("readonly nightly=\"soak vet\"\nstep_soak() { :; }\nstep_vet() { :; }\n"), 0o644))
	findings, err := hosting.Check(root)
	require.NoError(t, err)
	require.Equal(t, []string{".github/workflows: no job runs the step soak of tools/nightly"}, findings)
}

// repository writes a repository with two modules, a workflow, and the modules that
// get updates.
func repository(t *testing.T, workflow string, updated ...string) string {
	t.Helper()
	root := t.TempDir()
	updates := "version: 2\nupdates:\n  - package-ecosystem: gomod\n    directories:\n"
	for _, dir := range updated {
		updates += "      - " + dir + "\n"
	}
	for name, text := range map[string]string{
		".ci/run":                  "step_vet() { :; }\n",
		".ci/steps.sh":             "step_test() { :; }\n",
		"tools/nightly":            "step_soak() { :; }\nstep_vet() { :; }\n",
		".github/workflows/ci.yml": workflow,
		".github/dependabot.yml":   updates,
		"go.mod":                   "module a\n",
		"bench/go.mod":             "module b\n",
		"bench/testdata/go.mod":    "module c\n",
	} {
		name = filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	return root
}
