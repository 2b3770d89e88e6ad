package doclint

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	readmeLines  = 200 // longer ones are not read to the end
	programEnd   = 50  // a visitor sees the program with the first page
	programLines = 35
)

var (
	program   = regexp.MustCompile("(?s)```go\n(.*?)```")
	testName  = regexp.MustCompile("`((?:Test|Fuzz|Example|Benchmark)\\w*)`")
	localLink = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	localFile = regexp.MustCompile("`([\\w./-]+\\.(?:go|md))`")
	command   = regexp.MustCompile(`go -C (\S+) run \./(\S+)`)
	goGet     = regexp.MustCompile(`(?m)^go get (\S+)$`)
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
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
	checkProgram(string(text), report)
	m.checkGoGet(string(text), report)
	for _, match := range testName.FindAllSubmatch(text, -1) {
		if !m.tests[string(match[1])] {
			report("there is no %s", match[1])
		}
	}
	for _, f := range badAnchors(m.root, string(text)) {
		report("%s", f)
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

// checkProgram looks at the first program, which has to be a whole one, to be
// copied and run. That it compiles, and prints what the README says, is tested in
// the module examples.
func checkProgram(text string, report func(string, ...any)) {
	at := program.FindStringSubmatchIndex(text)
	if at == nil {
		report("no Go program")
		return
	}
	code := text[at[2]:at[3]]
	if !strings.HasPrefix(code, "package main\n") {
		report("the program is no whole file")
	}
	if n := strings.Count(code, "\n"); n > programLines {
		report("the program has %d lines, want at most %d", n, programLines)
	}
	if n := strings.Count(text[:at[1]], "\n") + 1; n > programEnd {
		report("the program ends on line %d, want at most %d", n, programEnd)
	}
}

// checkGoGet looks at whether the program builds after the README's go get. That adds what
// the named package imports, and not what other packages of its module do.
func (m *module) checkGoGet(text string, report func(string, ...any)) {
	got := goGet.FindStringSubmatch(text)
	code := program.FindStringSubmatch(text)
	if got == nil || code == nil {
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", code[1], parser.ImportsOnly)
	if err != nil {
		return // checkProgram has reported it, or the tests of the module examples do
	}
	has := map[string]bool{}
	m.closure(got[1], has)
	for _, spec := range file.Imports {
		if name, _ := strconv.Unquote(spec.Path.Value); m.packages[name] != nil && !has[name] {
			report("the program imports %s, which go get %s does not get ready", name, got[1])
		}
	}
}

// closure adds a package of the module and those that it imports.
func (m *module) closure(name string, has map[string]bool) {
	if p := m.packages[name]; p != nil && !has[name] {
		has[name] = true
		for _, name := range p.Imports {
			m.closure(name, has)
		}
	}
}
