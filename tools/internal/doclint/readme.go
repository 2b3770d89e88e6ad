package doclint

import (
	"bytes"
	"fmt"
	"go/printer"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	readmeLines  = 200 // longer ones are not read to the end
	programEnd   = 25  // a visitor sees the program without scrolling
	programLines = 15
)

// exampleOf is the example that the README's first program is a copy of.
const exampleOf = "pool.Example"

var (
	program   = regexp.MustCompile("(?s)```go\n(.*?)```")
	testName  = regexp.MustCompile("`((?:Test|Fuzz|Example|Benchmark)\\w*)`")
	localLink = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	localFile = regexp.MustCompile("`([\\w./-]+\\.(?:go|md))`")
	command   = regexp.MustCompile(`go -C (\S+) run \./(\S+)`)
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
	trailing  = regexp.MustCompile(`\s*//.*`)
)

// badReadme reports where the README and the module differ.
func (m *module) badReadme() ([]string, error) {
	text, err := os.ReadFile(filepath.Join(m.root, "README.md"))
	if err != nil {
		return nil, err
	}
	var findings []string
	report := func(format string, args ...any) {
		findings = append(findings, "README.md: "+fmt.Sprintf(format, args...))
	}
	if n := bytes.Count(text, []byte("\n")); n > readmeLines {
		report("%d lines, want at most %d", n, readmeLines)
	}
	m.checkProgram(string(text), report)
	for _, match := range testName.FindAllSubmatch(text, -1) {
		if m.tests[string(match[1])] == nil {
			report("there is no %s", match[1])
		}
	}
	for _, path := range paths(string(text)) {
		if _, err := os.Stat(filepath.Join(m.root, path)); err != nil {
			report("there is no %s", path)
		}
	}
	for _, match := range codeSpan.FindAllStringSubmatch(string(text), -1) {
		for _, name := range m.unknownNames(match[1]) {
			report("there is no %s", name)
		}
	}
	return findings, nil
}

// paths returns the files and directories that a text links to, names or runs.
func paths(text string) (found []string) {
	for _, match := range localLink.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	for _, match := range localFile.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	for _, match := range command.FindAllStringSubmatch(text, -1) {
		found = append(found, filepath.Join(match[1], match[2]))
	}
	return found
}

func (m *module) checkProgram(text string, report func(string, ...any)) {
	at := program.FindStringSubmatchIndex(text)
	if at == nil {
		report("no Go program")
		return
	}
	code := text[at[2]:at[3]]
	if n := strings.Count(code, "\n"); n > programLines {
		report("the program has %d lines, want at most %d", n, programLines)
	}
	if n := strings.Count(text[:at[1]], "\n") + 1; n > programEnd {
		report("the program ends on line %d, want at most %d", n, programEnd)
	}
	if got, want := essence(code), essence(m.body(exampleOf)); got != want {
		report("the program is not %s:\n%s\nwant\n%s", exampleOf, got, want)
	}
}

// body returns the source between the braces of a test function, "" if there is
// no such function.
func (m *module) body(name string) string {
	fn := m.tests[name]
	if fn == nil {
		return ""
	}
	var b strings.Builder
	if err := printer.Fprint(&b, m.fset, fn.Body.List); err != nil {
		return ""
	}
	return b.String()
}

// essence is code without what may differ between a README and an example:
// comments, indentation and blank lines.
func essence(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(trailing.ReplaceAllString(line, "")); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
