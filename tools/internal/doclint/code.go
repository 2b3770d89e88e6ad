package doclint

import (
	"fmt"
	"go/doc/comment"
	"regexp"
	"slices"
	"strings"
)

var (
	looksLikeGo = regexp.MustCompile(`:=|\bfunc\b`)
	lineComment = regexp.MustCompile(`\s*//.*`)
)

// badCode reports the code in package documentation that no test has: each
// line of a block has to be in one test file, in that order, where other lines may be
// between them. Diagrams and tables are not code.
func (m *module) badCode() (findings []string) {
	for importPath, p := range m.packages {
		for _, block := range p.Parser().Parse(p.Doc).Content {
			code, ok := block.(*comment.Code)
			if !ok || !looksLikeGo.MatchString(code.Text) {
				continue
			}
			if !m.inTests(flat(code.Text)) {
				first, _, _ := strings.Cut(code.Text, "\n")
				findings = append(findings, fmt.Sprintf("%s: package %s: no test has the code from %q on", importPath, p.Name, first))
			}
		}
	}
	slices.Sort(findings)
	return findings
}

func (m *module) inTests(code []string) bool {
	for _, files := range m.files {
		if slices.ContainsFunc(files, func(t testFile) bool { return isPart(code, t.lines) }) {
			return true
		}
	}
	return false
}

// flat returns the lines of code without indentation, comments and blank lines.
func flat(code string) (lines []string) {
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(lineComment.ReplaceAllString(line, "")); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// isPart reports whether all lines of part are in whole, in that order.
func isPart(part, whole []string) bool {
	for _, line := range part {
		at := slices.Index(whole, line)
		if at < 0 {
			return false
		}
		whole = whole[at+1:]
	}
	return true
}
