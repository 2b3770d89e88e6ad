// Package release compares what the repository says of its newest release in several
// places.
package release

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/tools/internal/changelog"
	"github.com/millrace-go/millrace/tools/internal/surface"
)

const module = "github.com/millrace-go/millrace"

// Check returns where the repository at root contradicts its changelog.
func Check(root string) ([]string, error) {
	releases, err := changelog.Read(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(releases, func(r changelog.Release) bool { return r.Version != changelog.Unreleased })
	if i < 0 {
		return []string{"CHANGELOG.md: no release"}, nil
	}
	r := releases[i]
	var findings []string
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(r.Version) || !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(r.Date) {
		findings = append(findings, fmt.Sprintf("CHANGELOG.md: release %q of %q: want 1.2.3 and 2006-01-02", r.Version, r.Date))
	}
	for _, check := range []func(string, string) ([]string, error){bench, documents, modules, installs} {
		found, err := check(root, r.Version)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	names, err := unnamed(root, releases)
	return append(findings, names...), err
}

// bench says whether the benchmarks are of another minor version.
func bench(root, version string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, "bench", "version.go"))
	if err != nil {
		return nil, err
	}
	minor := version[:strings.LastIndex(version, ".")]
	if !strings.Contains(string(text), fmt.Sprintf("const version = %q", minor)) {
		return []string{"bench/version.go: want version " + minor}, nil
	}
	return nil, nil
}

var (
	tag     = regexp.MustCompile(`\bv\d+\.\d+\.\d+\b`)
	require = regexp.MustCompile(`(?m)^(?:require)?\s+(` + regexp.QuoteMeta(module) + `(?:/\S+)?) (v\S+)`)
)

// told are the documents that speak of versions of this repository alone.
func told(rel string) bool {
	return filepath.Ext(rel) == ".md" && rel != "CHANGELOG.md" &&
		!strings.HasPrefix(rel, "bench/") && !strings.HasPrefix(rel, "docs/coming-from/")
}

// documents says which of them name another version.
func documents(root, version string) (findings []string, err error) {
	return eachFile(root, func(rel string, text string) (findings []string) {
		if told(rel) {
			for _, v := range tag.FindAllString(text, -1) {
				if v != "v"+version {
					findings = append(findings, fmt.Sprintf("%s: %s, want v%s", rel, v, version))
				}
			}
		}
		return findings
	})
}

// modules says which modules that others import require another version of one of
// this repository: the replacements that hold here mean nothing to them.
func modules(root, version string) (findings []string, err error) {
	return eachFile(root, func(rel string, text string) (findings []string) {
		top, _, _ := strings.Cut(rel, "/")
		if filepath.Base(rel) != "go.mod" || top == "bench" || top == "examples" || top == "tools" || strings.Contains(rel, "internal/") {
			return nil
		}
		for _, m := range require.FindAllStringSubmatch(text, -1) {
			if m[2] != "v"+version {
				findings = append(findings, fmt.Sprintf("%s: %s %s, want v%s", rel, m[1], m[2], version))
			}
		}
		return findings
	})
}

func eachFile(root string, check func(rel, text string) []string) (findings []string, err error) {
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		base := filepath.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (base == "testdata" || strings.HasPrefix(base, ".")):
			return filepath.SkipDir
		case d.IsDir() || base != "go.mod" && filepath.Ext(base) != ".md":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		findings = append(findings, check(filepath.ToSlash(rel), string(text))...)
		return err
	})
	return findings, err
}

// usual are methods that an interface asks for. What they do is in the
// entries of their types.
var usual = []string{
	"String", "Error", "Unwrap", "Is", "As", "Format", "LogValue", "Timeout", "ServeHTTP", "MarshalBinary", "UnmarshalBinary",
	"Submitted", "Started", "Ended", "NeverRan", "Retried", "Run", // of an observer
}

// unnamed returns the exported names that the changelog does not have. Fields are part
// of their structs.
func unnamed(root string, releases []changelog.Release) (findings []string, err error) {
	api, err := surface.Read(filepath.Join(root, "api"))
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, r := range releases {
		for _, text := range r.Sections {
			changelog.Names(text, named)
		}
	}
	for file, lines := range api {
		for _, text := range lines {
			name := surface.Line{File: file, Text: text}.Name()
			_, last, _ := strings.Cut(name, ".")
			if named[name] || strings.Contains(text, " struct, ") || slices.Contains(usual, last) {
				continue
			}
			named[name] = true // once is enough
			findings = append(findings, fmt.Sprintf("CHANGELOG.md: nothing names `%s` of api/%s", name, file))
		}
	}
	slices.Sort(findings)
	return findings, nil
}
