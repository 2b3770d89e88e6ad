package examples_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exported returns what the library exports, as it is written: pool.Submit,
// pool.Pool.Close, millrace.WithQueue.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, dir := range []string{".", "future", "pool", "stream"} {
		files, err := filepath.Glob(filepath.Join(root(t), dir, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_go127.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, d := range f.Decls {
				declared(f.Name.Name, d, names)
			}
		}
	}
	return names
}

func declared(pkg string, d ast.Decl, names map[string]bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		names[pkg+"."+receiver(d)+d.Name.Name] = true
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names[pkg+"."+s.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names[pkg+"."+n.Name] = true
				}
			}
		}
	}
}

// receiver returns the name of a method's type and a point, "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	switch expr := d.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		return base(expr.X)
	default:
		return base(expr)
	}
}

// base returns the name of a type without its parameters, and a point.
func base(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr.Name + "."
	case *ast.IndexExpr:
		return base(expr.X)
	case *ast.IndexListExpr:
		return base(expr.X)
	}
	return ""
}

var (
	ourName = regexp.MustCompile(`\b(millrace|future|pool|stream)((?:\.[A-Z]\w*)+)`)
	theirs  = regexp.MustCompile(`(?m)^\|[^|]*\|`) // the first column of a table: what you wrote
)

// Every name of the library that a document mentions exists.
func TestNames(t *testing.T) {
	names := exported(t)
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		prose := fenced.ReplaceAllString(string(text), "")
		if strings.Contains(path, "coming-from") {
			prose = theirs.ReplaceAllString(prose, "|")
		}
		for _, code := range span.FindAllString(prose, -1) {
			for _, m := range ourName.FindAllStringSubmatch(code, -1) {
				if name := m[1] + m[2]; !names[name] {
					t.Errorf("%s: there is no %s", path, name)
				}
			}
		}
	}
}
