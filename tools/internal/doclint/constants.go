package doclint

import (
	"fmt"
	"go/doc"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/tools/internal/surface"
)

var (
	typedConstant = regexp.MustCompile(`^const (\w+) ([A-Z]\w*) =`)
	newerGo       = regexp.MustCompile(`_go1\d+$`)
)

// strayConstants reports the constants that go doc lists apart from their type. It goes by the type
// that a declaration writes, so X T = T(1) is listed with T and X = T(1) is not. What the types
// are is in api/*.txt.
func (m *module) strayConstants() (findings []string, err error) {
	api, err := surface.Read(filepath.Join(m.root, "api"))
	for file, lines := range api {
		p := m.packages[m.importPath(strings.TrimSuffix(file, ".txt"))]
		for _, l := range lines {
			match := typedConstant.FindStringSubmatch(l)
			if match != nil && p != nil && !listed(p, match[2], match[1]) {
				findings = append(findings, fmt.Sprintf("%s: go doc does not list %s with its type: write %s %s = …", p.ImportPath, match[1], match[1], match[2]))
			}
		}
	}
	slices.Sort(findings)
	return findings, err
}

// importPath returns the package whose surface a file of the API has.
func (m *module) importPath(file string) string {
	file = newerGo.ReplaceAllString(file, "")
	if file == path.Base(m.path) {
		return m.path
	}
	return path.Join(m.path, strings.ReplaceAll(file, "_", "/"))
}

// listed reports whether a constant is in the documentation of a type.
func listed(p *doc.Package, typeName, constant string) bool {
	return slices.ContainsFunc(p.Types, func(t *doc.Type) bool {
		return t.Name == typeName && slices.ContainsFunc(t.Consts, func(v *doc.Value) bool { return slices.Contains(v.Names, constant) })
	})
}
