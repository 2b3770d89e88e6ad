package stream_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// Everything a person would look up has an example.
func TestEveryFunctionHasAnExample(t *testing.T) {
	oldest := func(file string) bool { return !strings.HasSuffix(file, "_go127.go") }
	functions, methods := declared(t, oldest)
	examples := testFunctions(t)
	for name := range functions {
		if !examples["Example"+name] {
			t.Errorf("function %s has no example", name)
		}
	}
	for name := range methods {
		if !examples["ExampleStream_"+name] {
			t.Errorf("method %s has no example", name)
		}
	}
}

// testFunctions returns the names of the functions in the package's tests.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, err := fs.Glob(os.DirFS("."), "example_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_go127_test.go") {
			continue
		}
		for _, d := range parsed(t, name).Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

func parsed(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// declared returns the types of the parameters of the package's exported
// functions, and of the methods of Stream, as the files declare them that are
// wanted.
func declared(t *testing.T, wanted func(file string) bool) (functions, methods map[string][]string) {
	t.Helper()
	functions, methods = map[string][]string{}, map[string][]string{}
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || !wanted(name) {
			continue
		}
		for _, d := range parsed(t, name).Decls {
			fn, ok := d.(*ast.FuncDecl)
			switch {
			case !ok || !fn.Name.IsExported():
			case fn.Recv == nil:
				functions[fn.Name.Name] = params(fn)
			default:
				methods[fn.Name.Name] = params(fn)
			}
		}
	}
	return functions, methods
}

// params returns the types of a function's parameters, as in the source.
func params(fn *ast.FuncDecl) (types []string) {
	for _, field := range fn.Type.Params.List {
		for range max(1, len(field.Names)) {
			types = append(types, exprString(field.Type))
		}
	}
	return types
}

func exprString(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ellipsis:
		return "..." + exprString(e.Elt)
	case *ast.IndexExpr:
		return exprString(e.X) + "["
	case *ast.Ident:
		return e.Name
	}
	return ""
}
