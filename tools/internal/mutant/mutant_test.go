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
	for want, again := range map[string]mutant.Fault{
		"another fault of that name": with(func(f *mutant.Fault) { f.New += " - 1" }),
		"it is the same as":          with(func(f *mutant.Fault) { f.Name = "adds again" }),
	} {
		findings := mutant.Check(root, []mutant.Fault{adds, again})
		require.Len(t, findings, 1, want)
		require.Contains(t, findings[0], want)
	}
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
	r := &mutant.Runner{Root: root, Timeout: 10 * time.Minute}
	for _, test := range []string{"./ -run TestZero", "./ -run TestNeeds"} {
		result := r.Run(t.Context(), with(func(f *mutant.Fault) { f.Test = test }))
		require.Equal(t, mutant.Survived, result.Outcome, result.Output)
	}
}

// fates are faults and what becomes of them.
func fates() map[mutant.Outcome][]mutant.Fault {
	return map[mutant.Outcome][]mutant.Fault{
		mutant.Killed:   {adds, with(func(f *mutant.Fault) { f.New = "a - b" })},
		mutant.Survived: {with(func(f *mutant.Fault) { f.Test = "./ -run TestZero" })},
		mutant.Broken: {
			with(func(f *mutant.Fault) { f.New = "a + c" }),
			with(func(f *mutant.Fault) { f.Old = "gone" }),
			with(func(f *mutant.Fault) { f.Test = "./ -run TestNothing" }),
			with(func(f *mutant.Fault) { f.Test = "./ -run TestFails" }),
		},
		mutant.Equivalent: {with(func(f *mutant.Fault) { f.Test, f.Equivalent = "", "no order" })},
	}
}

func TestRun(t *testing.T) {
	root := library(t)
	r := &mutant.Runner{Root: root, Timeout: 10 * time.Minute}
	for want, faults := range fates() {
		for _, f := range faults {
			result := r.Run(t.Context(), f)
			require.Equal(t, want, result.Outcome, result.Output)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "sum.go"))
	require.NoError(t, err)
	require.False(t, strings.Contains(string(text), "+ 1"), "the library was touched")
}

// A package of a module below the root is tested there.
func TestRunInModule(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Rename(library(t), filepath.Join(root, "below")))
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/above\n\ngo 1.26\n"), 0o644))
	f := with(func(f *mutant.Fault) { f.File, f.Test = "below/sum.go", "./below -run TestAdd" })
	r := &mutant.Runner{Root: root, Timeout: 10 * time.Minute}
	result := r.Run(t.Context(), f)
	require.Equal(t, mutant.Killed, result.Outcome, result.Output)
	require.NoError(t, r.RunAll(t.Context(), []mutant.Fault{f}, func(result mutant.Result) {
		require.Equal(t, mutant.Killed, result.Outcome, result.Output)
	}))
}

// All at once comes to the same.
func TestRunAll(t *testing.T) {
	var faults []mutant.Fault
	want := map[mutant.Outcome]int{}
	for outcome, some := range fates() {
		faults = append(faults, some...)
		want[outcome] += len(some)
	}
	got := map[mutant.Outcome]int{}
	r := &mutant.Runner{Root: library(t), Timeout: 10 * time.Minute}
	require.NoError(t, r.RunAll(t.Context(), faults, func(r mutant.Result) { got[r.Outcome]++ }))
	require.Equal(t, want, got)
}

// Faults are compiled into functions of every form.
func TestRunAllForms(t *testing.T) {
	root := library(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, "forms.go"), []byte(`package sum

type box[T any] struct{ v T }

func (b box[T]) get(_ int, more ...T) (T, int) { return b.v, len(more) }

func (box[T]) name(int, string) string { return "box" }

func first[T any](list []T) (v T) { return list[0] }

func zero[T any]() (v T) { return v }

func set(at *int, n int) { *at = n }

const limit = 3

func safe() (ok bool) {
	defer func() { ok = recover() != nil }()
	panic("boom")
}
`), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, "forms_test.go"), []byte(`package sum

import "testing"

func TestForms(t *testing.T) {
	v, n := box[int]{7}.get(1, 2, 3)
	at := 0
	set(&at, 4)
	if v != 7 || n != 2 || (box[string]{}).name(1, "") != "box" || first([]int{5, 6}) != 5 || zero[int]() != 0 || at != 4 || limit != 3 || !safe() {
		t.Error("wrong")
	}
}
`), 0o644))
	var faults []mutant.Fault
	for before, after := range map[string]string{
		"len(more) }":        "len(more)+1 }",
		`return "box"`:       `return "bag"`,
		"return list[0]":     "return list[1]",
		"(v T) { return v }": "(v T) { return *new(T) }",
		"{ *at = n }":        "{ *at = n + 1 }",
		"limit = 3":          "limit = 4",
		"!= nil }()":         "== nil }()",
	} {
		faults = append(faults, with(func(f *mutant.Fault) {
			f.File, f.Old, f.New, f.Test = "forms.go", before, after, "./ -run TestForms"
		}))
	}
	r := &mutant.Runner{Root: root, Timeout: 10 * time.Minute}
	require.NoError(t, r.RunAll(t.Context(), faults, func(r mutant.Result) {
		if want := mutant.Killed; r.Fault.New != "(v T) { return *new(T) }" {
			require.Equal(t, want, r.Outcome, "%s: %s", r.Fault.New, r.Output)
		} else {
			require.Equal(t, mutant.Survived, r.Outcome, r.Output)
		}
	}))
}
