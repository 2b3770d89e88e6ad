package release

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

var (
	install     = regexp.MustCompile(`\bgo (?:install|run) ` + regexp.QuoteMeta(module) + `/?(\S*)@`)
	replacement = regexp.MustCompile(`(?m)^replace\b`)
)

// installs says which commands the documents tell to install that cannot be: the go
// command refuses a package with a version if its module replaces others.
func installs(root, _ string) ([]string, error) {
	return eachFile(root, func(rel, text string) (findings []string) {
		if !told(rel) {
			return nil
		}
		for _, m := range install.FindAllStringSubmatch(text, -1) {
			if replaces(moduleOf(root, m[1])) {
				findings = append(findings, fmt.Sprintf("%s: go cannot install %s: its module has replace directives", rel, m[1]))
			}
		}
		return findings
	})
}

// moduleOf returns the go.mod file, below root, of the module that a package is in.
func moduleOf(root, pkg string) string {
	for ; ; pkg = path.Dir(pkg) {
		file := filepath.Join(root, filepath.FromSlash(pkg), "go.mod")
		if _, err := os.Stat(file); err == nil || pkg == "." {
			return file
		}
	}
}

func replaces(file string) bool {
	text, err := os.ReadFile(file)
	return err == nil && replacement.Match(text)
}
