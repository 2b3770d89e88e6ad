package mutant_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/tools/internal/mutant"
	"github.com/stretchr/testify/require"
)

const list = `# A comment.

== adds one too many
promise: bounds
kind: off by one
file: sum.go
test: . -run TestAdd
-- old
	return a + b
-- new
	return a + b + 1

== swaps the two
# Addition does not care.
promise: order
kind: wrong order
file: sum.go
equivalent: a sum has no order
-- old
	return a + b
-- new
	return b + a
`

func TestParse(t *testing.T) {
	faults, err := mutant.Parse("sum.txt", list)
	require.NoError(t, err)
	require.Equal(t, []mutant.Fault{
		{
			At: "sum.txt:3", Name: "adds one too many", Promise: "bounds", Kind: "off by one",
			File: "sum.go", Test: ". -run TestAdd", Old: "\treturn a + b", New: "\treturn a + b + 1",
		},
		{
			At: "sum.txt:13", Name: "swaps the two", Promise: "order", Kind: "wrong order",
			File: "sum.go", Equivalent: "a sum has no order", Old: "\treturn a + b", New: "\treturn b + a",
		},
	}, faults)
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"promise: bounds\n",
		"== a\ncolour: red\n",
		"== a\nkind: off by one\nkind: retention\n",
		"== a\nkind:\n",
	} {
		_, err := mutant.Parse("list.txt", text)
		require.Error(t, err, text)
	}
}

// library writes a module with a function and its tests.
func library(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/sum\n\ngo 1.26\n",
		"sum.go": "package sum\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n",
		"sum_test.go": `package sum

import "testing"

func TestAdd(t *testing.T) {
	if Add(1, 2) != 3 {
		t.Error("wrong")
	}
}

func TestZero(t *testing.T) { _ = Add(0, 0) }

func TestFails(t *testing.T) { t.Error("always") }
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	return root
}

var adds = mutant.Fault{
	Name: "adds one too many", Promise: "bounds", Kind: "off by one",
	File: "sum.go", Old: "a + b", New: "a + b + 1", Test: "./ -run TestAdd",
}

func with(change func(*mutant.Fault)) mutant.Fault {
	f := adds
	change(&f)
	return f
}

func TestCheck(t *testing.T) {
	root := library(t)
	require.Empty(t, mutant.Check(root, []mutant.Fault{adds}))
	require.Len(t, mutant.Check(root, []mutant.Fault{adds, adds}), 1)
	for want, f := range map[string]mutant.Fault{
		"no promise":            with(func(f *mutant.Fault) { f.Promise = "speed" }),
		"no kind":               with(func(f *mutant.Fault) { f.Kind = "odd" }),
		"why it is equivalent":  with(func(f *mutant.Fault) { f.Test = "" }),
		"occurs 0 times":        with(func(f *mutant.Fault) { f.Old = "a - b" }),
		"occurs 2 times":        with(func(f *mutant.Fault) { f.Old = "int" }),
		"the same":              with(func(f *mutant.Fault) { f.New = f.Old }),
		"no such file":          with(func(f *mutant.Fault) { f.File = "gone.go" }),
		"there is no test Test": with(func(f *mutant.Fault) { f.Test = "./ -run TestGone" }),
	} {
		findings := mutant.Check(root, []mutant.Fault{f})
		require.Len(t, findings, 1, want)
		require.Contains(t, findings[0], want)
	}
}

// A test file that the tests of a command do not need is left out of the build, also
// if it does not compile; what they need is there.
func TestRunLeavesOut(t *testing.T) {
	root := library(t)
	for name, text := range map[string]string{
		"other_test.go":  "package sum\n\nfunc TestOther() { broken }\n",
		"needs_test.go":  "package sum\n\nimport \"testing\"\n\nfunc TestNeeds(t *testing.T) { sums{t}.check() }\n",
		"types_test.go":  "package sum\n\nimport \"testing\"\n\ntype sums struct{ t *testing.T }\n",
		"method_test.go": "package sum\n\nfunc (s sums) check() { s.t.Log(Add(1, 1)) }\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	r := &mutant.Runner{Root: root, Timeout: time.Minute}
	for _, test := range []string{"./ -run TestZero", "./ -run TestNeeds"} {
		result := r.Run(t.Context(), with(func(f *mutant.Fault) { f.Test = test }))
		require.Equal(t, mutant.Survived, result.Outcome, result.Output)
	}
}

func TestRun(t *testing.T) {
	root := library(t)
	r := &mutant.Runner{Root: root, Timeout: time.Minute}
	for _, c := range []struct {
		name  string
		want  mutant.Outcome
		fault mutant.Fault
	}{
		{"killed", mutant.Killed, adds},
		{"not seen", mutant.Survived, with(func(f *mutant.Fault) { f.Test = "./ -run TestZero" })},
		{"does not compile", mutant.Broken, with(func(f *mutant.Fault) { f.New = "a + c" })},
		{"does not apply", mutant.Broken, with(func(f *mutant.Fault) { f.Old = "gone" })},
		{"nothing runs", mutant.Broken, with(func(f *mutant.Fault) { f.Test = "./ -run TestNothing" })},
		{"fails anyway", mutant.Broken, with(func(f *mutant.Fault) { f.Test = "./ -run TestFails" })},
		{"equivalent", mutant.Equivalent, with(func(f *mutant.Fault) { f.Test, f.Equivalent = "", "no order" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := r.Run(t.Context(), c.fault)
			require.Equal(t, c.want, result.Outcome, result.Output)
		})
	}
	text, err := os.ReadFile(filepath.Join(root, "sum.go"))
	require.NoError(t, err)
	require.False(t, strings.Contains(string(text), "+ 1"), "the library was touched")
}
