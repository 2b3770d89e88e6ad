package doclint

import (
	"path"
	"regexp"
	"strings"
)

// qualified matches a name as it is written in other packages: pool.Submit,
// future.Future.Await.
var qualified = regexp.MustCompile(`\b(\w+)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)

// unknownNames returns the names in text that look like those of the module and
// are not. What no package of the module begins is taken on trust.
func (m *module) unknownNames(text string) (unknown []string) {
	for _, match := range qualified.FindAllStringSubmatch(text, -1) {
		recv, name := match[2], match[3]
		if name == "" {
			recv, name = "", match[2]
		}
		if known, found := m.looksUp(match[1], recv, name); found && !known {
			unknown = append(unknown, match[0])
		}
	}
	return unknown
}

// looksUp reports whether a public package of that name is found, and the name
// known in it.
func (m *module) looksUp(pkg, recv, name string) (known, found bool) {
	for importPath, p := range m.packages {
		if path.Base(importPath) != pkg || strings.Contains(importPath, "/internal/") {
			continue
		}
		found = true
		known = known || p.Parser().LookupSym(recv, name)
	}
	return known, found
}
