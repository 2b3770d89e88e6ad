package doclint

import (
	"fmt"
	"go/ast"
	"go/doc"
	"path"
	"regexp"
	"slices"
	"strings"
)

// shown are the packages in which everything that a person would look up has an example.
var shown = regexp.MustCompile(`^(|/future|/pool|/stream|/observe|/cluster)$`)

// unasked are the names that nobody looks up: methods of interfaces that everybody knows,
// those of observers, which a pool calls, and what only engines of a cluster call.
var unasked = regexp.MustCompile(`\.(Error|Is|Unwrap|String|Format|LogValue|Timeout|MarshalBinary|UnmarshalBinary|` +
	`Submitted|Started|Ended|NeverRan|Run|ServeHTTP)$|^(Call\.Named|Kind\.Final|AbortError|NewFault)$`)

// missingExamples reports the functions and methods that no example is of.
func (m *module) missingExamples() (findings []string) {
	for importPath, p := range m.packages {
		if !shown.MatchString(strings.TrimPrefix(importPath, m.path)) {
			continue
		}
		shown := m.shownBy(importPath)
		for _, name := range lookedUp(p) {
			if !shown[name] && !unasked.MatchString(name) && !ofPool(name, shown) {
				findings = append(findings, fmt.Sprintf("%s: %s has no example", importPath, path.Base(importPath)+"."+name))
			}
		}
	}
	slices.Sort(findings)
	return findings
}

// ofPool reports whether name is a method that a group has because a pool has it.
func ofPool(name string, shown map[string]bool) bool {
	method, ok := strings.CutPrefix(name, "Group.")
	return ok && shown["Pool."+method] && method != "Close" && method != "Stats"
}

// lookedUp returns the names of a package's functions and methods: Submit, Pool.Close.
func lookedUp(p *doc.Package) (names []string) {
	add := func(prefix string, fs []*doc.Func) {
		for _, f := range fs {
			names = append(names, prefix+f.Name)
		}
	}
	add("", p.Funcs)
	for _, t := range p.Types {
		add("", t.Funcs)
		add(t.Name+".", t.Methods)
	}
	return names
}

// shownBy returns what the examples of a package show. ExampleSet is of the type Set, and
// shows NewSet and the methods that it calls.
func (m *module) shownBy(importPath string) map[string]bool {
	names := map[string]bool{}
	for _, file := range m.files[importPath] {
		for _, fn := range file.functions {
			of, ok := strings.CutPrefix(fn.Name.Name, "Example")
			parts := strings.Split(of, "_")
			if !ok || !ast.IsExported(parts[0]) {
				continue
			}
			receiver := strings.TrimPrefix(parts[0], "New")
			names[parts[0]], names["New"+receiver] = true, true
			if len(parts) > 1 && ast.IsExported(parts[1]) {
				names[receiver+"."+parts[1]] = true
			}
			for called := range calls(fn) {
				names[receiver+"."+called] = true
			}
		}
	}
	return names
}

// calls returns the names of what a function calls by a selector.
func calls(fn *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok {
				names[s.Sel.Name] = true
			}
		}
		return true
	})
	return names
}
