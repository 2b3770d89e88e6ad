package doclint

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var fenced = regexp.MustCompile("(?ms)^ *```.*?^ *```")

// foreign are documents with names that are not the module's: of what is gone, and of
// other libraries.
var foreign = regexp.MustCompile(`^(CHANGELOG\.md|docs/coming-from/.*)$`)

// badDocuments reports where the Markdown documents below the root name or link to
// what does not exist. The README at the root is looked at more closely elsewhere.
func (m *module) badDocuments() (findings []string, err error) {
	err = filepath.WalkDir(m.root, func(name string, d fs.DirEntry, err error) error {
		base := filepath.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != m.root && (base == "testdata" || strings.HasPrefix(base, ".")):
			return filepath.SkipDir
		case filepath.Ext(name) != ".md":
			return nil
		}
		rel, err := filepath.Rel(m.root, name)
		if err != nil || rel == "README.md" {
			return err
		}
		text, err := os.ReadFile(name)
		rel = filepath.ToSlash(rel)
		for _, f := range m.badDocument(filepath.Dir(name), string(text), !foreign.MatchString(rel)) {
			findings = append(findings, rel+": "+f)
		}
		return err
	})
	return findings, err
}

func (m *module) badDocument(dir, text string, names bool) (findings []string) {
	findings = badAnchors(dir, text)
	for _, path := range documentPaths(text) {
		if !exists(filepath.Join(dir, path)) && !exists(filepath.Join(m.root, path)) {
			findings = append(findings, fmt.Sprintf("there is no %s", path))
		}
	}
	if !names {
		return findings
	}
	for _, match := range codeSpan.FindAllStringSubmatch(prose(text), -1) {
		for _, name := range m.unknownNames(match[1]) {
			findings = append(findings, fmt.Sprintf("there is no %s", name))
		}
	}
	return findings
}

// documentPaths returns what a document links to or names by a path with a directory,
// and what its commands run.
func documentPaths(text string) (found []string) {
	for _, match := range localLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(prose(text), ""), -1) {
		found = append(found, match[1])
	}
	for _, match := range localFile.FindAllStringSubmatch(prose(text), -1) {
		if strings.Contains(match[1], "/") {
			found = append(found, match[1])
		}
	}
	for _, match := range command.FindAllStringSubmatch(text, -1) {
		found = append(found, filepath.Join(match[1], match[2]))
	}
	return found
}

// prose is a document without its fenced code.
func prose(text string) string { return fenced.ReplaceAllString(text, "") }

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
