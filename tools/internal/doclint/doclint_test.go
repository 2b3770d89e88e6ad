package doclint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/tools/internal/doclint"
)

const (
	goodDoc    = "// Package pool is [Pool], from [m] and [m.Option].\npackage pool\n\nimport \"m\"\n\nvar _ m.Option\n\n// A Pool is [Pool.Close].\ntype Pool struct{}\n\n// Close does.\nfunc (p *Pool) Close() {}\n"
	goodTest   = "package pool\n\nfunc Example() {}\n\nfunc ExamplePool() {\n\tp := x\n\tprint(p)\n\n\tp.Close()\n}\n"
	goodReadme = "# m\n```go\npackage main\n\nfunc main() {}\n```\n`Example` [l](pool/pool.go)\n"
)

// usesPool is a README whose program imports more than is got.
const usesPool = "# m\n```sh\ngo get m\n```\n```go\npackage main\n\nimport (\n\t\"m\"\n\t\"m/pool\"\n)\n\nvar _ = m.Option(0)\n```\n"

// good is a repository with nothing to find.
var good = map[string]string{
	"go.mod":            "module m\n",
	"m.go":              "// Package m is m.\npackage m\n\n// Option is.\ntype Option int\n",
	"pool/pool.go":      goodDoc,
	"pool/pool_test.go": goodTest,
	"README.md":         goodReadme,
	"docs/d.md":         "`pool.Pool` [r](../README.md) `pool/pool.go`\n```\n`pool.None`\n```\n",
	"sub/go.mod":        "module m/sub\n",
	"sub/sub.go":        "// Package sub is.\npackage sub\n\n// Known is.\nvar Known int\n",
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ name, doc, readme, want string }{
		{"nothing wrong", goodDoc, goodReadme, ""},
		{"unknown name", strings.Replace(goodDoc, "[Pool.Close]", "[Closing]", 1), goodReadme, "[Closing] is no link"},
		{"unknown method", strings.Replace(goodDoc, "[Pool.Close]", "[Pool.End]", 1), goodReadme, "[Pool.End] is no link"},
		{"unknown name elsewhere", strings.Replace(goodDoc, "[m.Option]", "[m.Choice]", 1), goodReadme, "leads nowhere"},
		{"unknown package", strings.Replace(goodDoc, "[m]", "[m/other]", 1), goodReadme, "leads nowhere"},
		{"no program", goodDoc, "# m\n", "no Go program"},
		{"part of a program", goodDoc, strings.Replace(goodReadme, "package main\n", "", 1), "is no whole file"},
		{"long program", goodDoc, strings.Replace(goodReadme, "{}", "{"+strings.Repeat("\n", 40)+"}", 1), "has 43 lines"},
		{"late program", goodDoc, strings.Repeat("\n", 50) + goodReadme, "ends on line 56"},
		{"go get", goodDoc, strings.Replace(usesPool, "go get m", "go get m/pool", 1), ""},
		{"go get of too little", goodDoc, usesPool, "the program imports m/pool, which go get m does not get ready"},
		{"unknown test", goodDoc, goodReadme + "`TestNone`\n", "there is no TestNone"},
		{"dead link", goodDoc, goodReadme + "[l](none.md)\n", "there is no none.md"},
		{"unknown file", goodDoc, goodReadme + "`pool/none_test.go`\n", "there is no pool/none_test.go"},
		{"command", goodDoc, goodReadme + "go -C pool run ./none\n", "there is no pool/none"},
		{"name in a README", goodDoc, goodReadme + "`pool.Pool.Close(ctx)` `m.Option` `other.Name`\n", ""},
		{"unknown name in a README", goodDoc, goodReadme + "`pool.Close()`\n", "there is no pool.Close"},
		{"name in prose", strings.Replace(goodDoc, "Close does", "Close is m.Option", 1), goodReadme, ""},
		{"unknown name in prose", strings.Replace(goodDoc, "Close does", "Close is m.Choice", 1), goodReadme, "[m.Choice] does not exist"},
		{"document", goodDoc, goodReadme + "[d](docs/d.md)\n", ""},
		{"code that a test has", strings.Replace(goodDoc, "\npackage", "\n//\n//\tp := x // why\n//\tp.Close()\npackage", 1), goodReadme, ""},
		{"code that no test has", strings.Replace(goodDoc, "\npackage", "\n//\n//\tp := y\npackage", 1), goodReadme, "no test has the code from \"p := y\" on"},
		{"code in another order", strings.Replace(goodDoc, "\npackage", "\n//\n//\tp.Close()\n//\tp := x\npackage", 1), goodReadme, "no test has the code"},
		{"diagram", strings.Replace(goodDoc, "\npackage", "\n//\n//\ta --> b\npackage", 1), goodReadme, ""},
		{"table of some files", strings.Replace(goodDoc, "\npackage", "\n//\n//\ta: a.go, b.go\n//\tc: c.go\npackage", 1), goodReadme, "leaves out pool.go"},
		{"table for maintainers", strings.Replace(goodDoc, "\npackage pool\n", "\npackage pool\n\n//\ta: a.go, b.go\n//\tc: c.go\n", 1), goodReadme, "leaves out pool.go"},
		{"table of files that are not there", strings.Replace(goodDoc, "\npackage", "\n//\n//\ta: a.go, pool.go\n//\tc: c.go\npackage", 1), goodReadme, "names a.go, which is not there"},
		{"few files", strings.Replace(goodDoc, "\npackage", "\n//\n//\ta: a.go, b.go\npackage", 1), goodReadme, ""},
		{"no example", goodDoc + "\n// Map does.\nfunc Map() {}\n", goodReadme, "m/pool: pool.Map has no example"},
		{"method that the example of its type does not call", goodDoc + "\n// Open does.\nfunc (p *Pool) Open() {}\n", goodReadme, "m/pool: pool.Pool.Open has no example"},
		{"constructor", goodDoc + "\n// NewPool does.\nfunc NewPool() *Pool { return nil }\n", goodReadme, ""},
		{"what nobody looks up", goodDoc + "\n// String does.\nfunc (p *Pool) String() string { return \"\" }\n", goodReadme, ""},
		{"long", goodDoc, goodReadme + strings.Repeat("\n", 200), "lines, want at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := check(t, map[string]string{"pool/pool.go": c.doc, "README.md": c.readme})
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("Check() = %q, want %q", got, c.want)
			}
		})
	}
}

// Other documents may link to and name what exists, and modules below the root are
// documentation too.
func TestCheckDocuments(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"link", "docs/d.md", "[l](none.md)\n", "docs/d.md: there is no none.md"},
		{"link from the root", "docs/d.md", "[l](pool/pool.go)\n", ""},
		{"heading", "docs/d.md", "# Of Go 1.27: *all*\n[l](#of-go-127-all) [m](../README.md#m)\n", ""},
		{"no heading", "docs/d.md", "```\n# Gone\n```\n[l](#gone)\n", "docs/d.md: there is no heading #gone"},
		{"no heading elsewhere", "docs/d.md", "[l](../README.md#gone)\n", "docs/d.md: there is no heading ../README.md#gone"},
		{"no document with a heading", "docs/d.md", "[l](gone.md#m)\n", "docs/d.md: there is no gone.md"},
		{"no heading of the README", "README.md", goodReadme + "[l](#gone)\n", "README.md: there is no heading #gone"},
		{"name", "docs/d.md", "`pool.None`\n", "docs/d.md: there is no pool.None"},
		{"name of a module below", "docs/d.md", "`sub.Known` `sub.None`\n", "docs/d.md: there is no sub.None"},
		{"name that is gone", "CHANGELOG.md", "`pool.None`\n", ""},
		{"module below", "sub/sub.go", "// Package sub is [Gone].\npackage sub\n", "m/sub: package sub: [Gone] is no link"},
		{"tool", "tools/t.go", "// Package tools is [Gone].\npackage tools\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := check(t, map[string]string{c.file: c.text})
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("Check() = %q, want %q", got, c.want)
			}
		})
	}
}

// go doc lists a constant with its type if the declaration writes the type.
func TestCheckConstants(t *testing.T) {
	const api = "const Few Size = 1\nconst Many Size = 2\nconst Zero untyped int = 0\ntype Size int\n"
	for _, c := range []struct{ name, constants, want string }{
		{"all typed", "Few Size = 1\nMany Size = Size(2)", ""},
		{"counted", "_ Size = iota\nFew\nMany", ""},
		{"none typed", "Few = Size(1)\nMany = Size(2)", "m/sub: go doc does not list Few with its type: write Few Size = …\nm/sub: go doc does not list Many"},
		{"one typed", "Few = Size(1)\n)\n\nconst (\nMany Size = 2", "m/sub: go doc does not list Few with its type: write Few Size = …"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := "// Package sub is.\npackage sub\n\n// Known is.\nvar Known int\n\n// Size is.\ntype Size int\n\n// Zero is.\nconst Zero = 0\n\nconst (\n" + c.constants + "\n)\n"
			got := check(t, map[string]string{"sub/sub.go": code, "api/sub.txt": api})
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("Check() = %q, want %q", got, c.want)
			}
		})
	}
	code := "// Package m is m.\npackage m\n\n// Option is.\ntype Option int\n\n// Set is.\nconst Set = Option(1)\n"
	got := check(t, map[string]string{"m.go": code, "api/m.txt": "const Set Option = 1\ntype Option int\n"})
	if want := "m: go doc does not list Set with its type: write Set Option = …"; got != want {
		t.Errorf("Check() = %q, want %q", got, want)
	}
}

// check returns what Check finds in a repository that is good but for these files.
func check(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range good {
		write(t, root, name, text)
	}
	for name, text := range files {
		write(t, root, name, text)
	}
	findings, err := doclint.Check(root)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(findings, "\n")
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
