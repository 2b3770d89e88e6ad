package doclint

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// module is what the checks look at: the documentation of each package by import
// path, and the test functions of all of them.
type module struct {
	root     string
	path     string
	fset     *token.FileSet
	packages map[string]*doc.Package
	tests    map[string]bool       // names of functions in test files
	files    map[string][]testFile // test files by import path
	inside   map[string]string     // what stands behind the package clauses: not for users
}

// A testFile is a test file of a package.
type testFile struct {
	functions []*ast.FuncDecl
	lines     []string // as flat returns them
}

// private are the modules below the root that nobody imports.
var private = []string{"bench", "examples", "tools"}

// load parses the module at root and the modules below it that others may import;
// their paths go on where the root's ends. Testdata and hidden directories are not
// part of it.
func load(root string) (*module, error) {
	name, err := modulePath(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	m := &module{
		root:     root,
		path:     name,
		fset:     token.NewFileSet(),
		packages: map[string]*doc.Package{},
		tests:    map[string]bool{},
		files:    map[string][]testFile{},
		inside:   map[string]string{},
	}
	return m, filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return err
		case dir != root && m.skips(dir):
			return filepath.SkipDir
		}
		return m.loadDir(dir)
	})
}

func (m *module) skips(dir string) bool {
	base := filepath.Base(dir)
	rel, err := filepath.Rel(m.root, dir)
	return err == nil && slices.Contains(private, rel) || base == "testdata" || strings.HasPrefix(base, ".")
}

func (m *module) loadDir(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		return err
	}
	rel, err := filepath.Rel(m.root, dir)
	if err != nil {
		return err
	}
	importPath := path.Join(m.path, filepath.ToSlash(rel))
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(m.fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			if err := m.addTests(importPath, name, file); err != nil {
				return err
			}
			continue
		}
		files = append(files, file)
		m.inside[importPath] += behindClause(file)
	}
	if len(files) == 0 {
		return nil
	}
	p, err := doc.NewFromFiles(m.fset, files, importPath)
	m.packages[importPath] = p
	return err
}

// behindClause returns the comments between the package clause of a file and what it declares.
func behindClause(file *ast.File) (text string) {
	end := file.FileEnd
	if len(file.Decls) > 0 {
		end = file.Decls[0].Pos()
	}
	for _, c := range file.Comments {
		if file.Name.End() < c.Pos() && c.Pos() < end {
			text += c.Text() + "\n"
		}
	}
	return text
}

func (m *module) addTests(importPath, name string, file *ast.File) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	test := testFile{lines: flat(string(text))}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
			m.tests[fn.Name.Name] = true
			test.functions = append(test.functions, fn)
		}
	}
	m.files[importPath] = append(m.files[importPath], test)
	return nil
}

// modulePath returns the path in the module directive of a go.mod file.
func modulePath(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if p, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(p), nil
		}
	}
	return "", fmt.Errorf("%s: no module directive", file)
}
