package doclint

import (
	"fmt"
	"go/doc/comment"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fileName matches a name of a source file, but not a path.
var fileName = regexp.MustCompile(`(?:^|[\s(])([a-z]\w*\.go)\b`)

// fewest is how many files a diagram names at least if it is a table of files.
const fewest = 3

// badFileTables reports where a package comment that says in which file what is, or one behind a
// package clause, leaves out a file of the package, or names one that is not there. doc.go may be
// left out.
func (m *module) badFileTables() (findings []string) {
	for importPath, p := range m.packages {
		text := p.Doc + "\n" + m.inside[importPath]
		if !hasFileTable(p.Parser().Parse(text)) {
			continue
		}
		named := fileNames(text)
		var there []string
		for _, name := range p.Filenames {
			there = append(there, filepath.Base(name))
		}
		for _, name := range there {
			if name != "doc.go" && !slices.Contains(named, name) {
				findings = append(findings, fmt.Sprintf("%s: the package comment says what is in which file, and leaves out %s", importPath, name))
			}
		}
		for _, name := range named {
			if !slices.Contains(there, name) {
				findings = append(findings, fmt.Sprintf("%s: the package comment names %s, which is not there", importPath, name))
			}
		}
	}
	slices.Sort(findings)
	return findings
}

// hasFileTable reports whether the diagrams of a comment name some files.
func hasFileTable(doc *comment.Doc) bool {
	var names []string
	for _, block := range doc.Content {
		if diagram, ok := block.(*comment.Code); ok {
			names = append(names, fileNames(diagram.Text)...)
		}
	}
	return len(names) >= fewest
}

// fileNames returns the names of files in a text.
func fileNames(text string) (names []string) {
	for line := range strings.Lines(text) {
		for _, match := range fileName.FindAllStringSubmatch(line, -1) {
			names = append(names, match[1])
		}
	}
	return names
}
