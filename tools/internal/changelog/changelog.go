// Package changelog reads a CHANGELOG.md in the form of Keep a Changelog.
package changelog

import (
	"os"
	"regexp"
	"strings"
)

// Unreleased is the version of what the next release will have.
const Unreleased = "Unreleased"

// A Release is what one version changed. Sections has the text below each
// heading: Added, Changed, Removed and the like.
type Release struct {
	Version, Date string
	Sections      map[string]string
}

var (
	version = regexp.MustCompile(`^## \[(\S+)\](?: - (\S+))?`)
	section = regexp.MustCompile(`^### (\w+)`)
	span    = regexp.MustCompile("`([^`\n]+)`")
	name    = regexp.MustCompile(`^(?:[\w/]+/)?([A-Za-z]\w*\.[A-Z]\w*)`)
)

// Read returns the releases of a changelog, newest first.
func Read(file string) ([]Release, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(string(text)), nil
}

// Parse returns the releases in a changelog's text, newest first.
func Parse(text string) []Release {
	var releases []Release
	heading := ""
	for line := range strings.Lines(text) {
		if m := version.FindStringSubmatch(line); m != nil {
			releases = append(releases, Release{m[1], m[2], map[string]string{}})
			heading = ""
		} else if m := section.FindStringSubmatch(line); m != nil {
			heading = m[1]
		} else if len(releases) > 0 {
			releases[len(releases)-1].Sections[heading] += line
		}
	}
	return releases
}

// Names adds to names what the code spans of a text name: pool.Submit of
// `pool.Submit(ctx, p, fn)`, Pool.Close of `Pool.Close`.
func Names(text string, names map[string]bool) {
	for _, m := range span.FindAllStringSubmatch(text, -1) {
		if n := name.FindStringSubmatch(m[1]); n != nil {
			names[n[1]] = true
		}
	}
}

// Since returns the releases that are newer than a version.
func Since(releases []Release, version string) []Release {
	for i, r := range releases {
		if r.Version == version {
			return releases[:i]
		}
	}
	return releases
}
