package mutant

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
)

// unneeded returns the test files that a test command can do without: all but those
// that declare the tests it runs, and what these use. To compile all tests of a
// package for each of its faults takes most of the time otherwise.
//
// Names are compared, not resolved, so some files are kept in vain.
func (r *Runner) unneeded(args string) (files []string) {
	words := strings.Fields(args)
	run := argument(words, "-run")
	for _, word := range words {
		if run == nil || !strings.HasPrefix(word, "./") {
			continue
		}
		names, _ := filepath.Glob(filepath.Join(r.Root, filepath.FromSlash(word), "*_test.go"))
		all := parseTests(names)
		for all.needed(run) > 0 {
		}
		for _, f := range all {
			if !f.keep {
				files = append(files, f.name)
			}
		}
	}
	return files
}

// argument returns what follows a flag, nil if that is no pattern.
func argument(words []string, flag string) *regexp.Regexp {
	for i, word := range words[1:] {
		if words[i] == flag {
			pattern, err := regexp.Compile(word)
			if err == nil {
				return pattern
			}
		}
	}
	return nil
}

type testFiles []*testFile

// A testFile is what the names in a file of tests are.
type testFile struct {
	name     string
	declares map[string]bool // at the top level
	methods  map[string]bool // type.method
	uses     map[string]bool
	keep     bool
}

func parseTests(names []string) (files testFiles) {
	for _, name := range names {
		f := &testFile{name: name, declares: map[string]bool{}, methods: map[string]bool{}, uses: map[string]bool{}}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err == nil {
			f.read(parsed)
		}
		files = append(files, f)
	}
	return files
}

func (f *testFile) read(file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				f.declares[d.Name.Name] = true
			} else {
				f.methods[typeName(d.Recv.List[0].Type)+"."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					f.declares[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						f.declares[name.Name] = true
					}
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			f.uses[id.Name] = true
		}
		return true
	})
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// needed keeps the files that are needed by those that are kept so far, and returns
// how many more there are.
func (all testFiles) needed(run *regexp.Regexp) (more int) {
	used, types := map[string]bool{"TestMain": true}, map[string]bool{}
	for _, f := range all {
		if f.keep {
			for name := range f.uses {
				used[name] = true
			}
			for name := range f.declares {
				types[name] = true
			}
		}
	}
	for _, f := range all {
		if !f.keep && f.neededFor(run, used, types) {
			f.keep = true
			more++
		}
	}
	return more
}

func (f *testFile) neededFor(run *regexp.Regexp, used, types map[string]bool) bool {
	for name := range f.declares {
		if used[name] || testFunc.MatchString("func "+name+"(") && run.MatchString(name) {
			return true
		}
	}
	for method := range f.methods {
		if t, _, _ := strings.Cut(method, "."); types[t] {
			return true
		}
	}
	return false
}
