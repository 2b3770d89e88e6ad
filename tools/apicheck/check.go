package main

import (
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/tools/internal/changelog"
	"github.com/millrace-go/millrace/tools/internal/surface"
)

// A check is one look at the repository.
type check struct {
	dir      string          // api
	now      surface.Surface // of the code
	kept     surface.Surface // of api/*.txt
	released surface.Surface // of the newest release
	version  string          // of the newest release, without the v
	releases []changelog.Release
}

func load(root string) (*check, error) {
	c := &check{dir: filepath.Join(root, "api")}
	var err error
	if c.now, err = surface.Load(root); err != nil {
		return nil, err
	}
	if c.kept, err = surface.Read(c.dir); err != nil {
		return nil, err
	}
	if c.releases, err = changelog.Read(filepath.Join(root, "CHANGELOG.md")); err != nil {
		return nil, err
	}
	old, err := filepath.Glob(filepath.Join(c.dir, "v*.*.*"))
	if err != nil || len(old) == 0 {
		return c, err
	}
	if len(old) > 1 {
		return nil, fmt.Errorf("%s: more than one release: %v", c.dir, old)
	}
	c.version = strings.TrimPrefix(filepath.Base(old[0]), "v")
	c.released, err = surface.Read(old[0])
	return c, err
}

var needs = regexp.MustCompile(`_go1(\d+)\.txt$`)

// unseen reports whether a file of the API needs a newer Go than this one, so
// that nothing is known of its declarations.
func unseen(file string) bool {
	m := needs.FindStringSubmatch(file)
	return m != nil && version.Compare(runtime.Version(), "go1."+m[1]) < 0
}

// differences says what api/*.txt and the code do not have in common.
func (c *check) differences() (findings []string) {
	for _, l := range c.now.Gone(c.kept, unseen) {
		findings = append(findings, fmt.Sprintf("api/%s: - %s", l.File, l.Text))
	}
	for _, l := range c.kept.Gone(c.now, unseen) {
		findings = append(findings, fmt.Sprintf("api/%s: + %s", l.File, l.Text))
	}
	if len(findings) > 0 {
		findings = append(findings, "If that is meant: GOTOOLCHAIN=go1.27.2 go -C tools run ./apicheck -w .., and an entry in CHANGELOG.md.")
	}
	return findings
}

// leaks says where the API names what only this module can name, as by an embedded
// field, whose methods are public without being meant to be.
func (c *check) leaks() (findings []string) {
	for file, lines := range c.now {
		for _, text := range lines {
			if strings.Contains(text, surface.Hidden) {
				findings = append(findings, fmt.Sprintf("%s: a type of an internal package is public: %s", file, text))
			}
		}
	}
	slices.Sort(findings)
	return findings
}

// untold says what the newest release had, is gone or changed since, and is not
// named where the changelog tells of such things.
func (c *check) untold() (findings []string) {
	told := map[string]bool{}
	for _, r := range changelog.Since(c.releases, c.version) {
		changelog.Names(r.Sections["Changed"]+r.Sections["Removed"], told)
	}
	for _, l := range c.now.Gone(c.released, unseen) {
		if !told[l.Name()] {
			findings = append(findings, fmt.Sprintf("CHANGELOG.md: nothing under Changed or Removed names `%s`: version %s had %q in %s",
				l.Name(), c.version, l.Text, l.File))
		}
	}
	return findings
}

func (c *check) write() error { return c.now.Write(c.dir, unseen) }

// release makes the surface of the code that of a released version.
func (c *check) release(v string) error {
	if !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(v) {
		return fmt.Errorf("-release %s: want a version like v0.2.0", v)
	}
	if c.version != "" {
		if err := os.RemoveAll(filepath.Join(c.dir, "v"+c.version)); err != nil {
			return err
		}
	}
	return c.now.Write(filepath.Join(c.dir, v), unseen)
}
