package mutant

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// To compile the tests of a package for each fault takes most of the time. So faults
// that lie inside a function are compiled into one binary: a copy of the function for
// each of them, and at the beginning of the function
//
//	if mutantID == 7 { return nameMutant7(args) }
//
// where mutantID comes from the environment. A function that calls recover cannot be
// replaced by a call, and what lies outside of functions neither.

// variable is the environment variable that says which fault is to be made.
const variable = "MUTANT"

// identity declares mutantID in a package.
func identity(pkg string) string {
	return "package " + pkg + `

import (
	"os"
	"strconv"
)

var mutantID, _ = strconv.Atoi(os.Getenv("` + variable + `"))
`
}

// A source is a file of the library that faults are compiled into.
type source struct {
	text  string
	fset  *token.FileSet
	file  *ast.File
	edits []edit
	tail  string         // the copies of functions
	lines map[int][2]int // of the tail, by fault
	named map[ast.Node]bool
}

// An edit replaces n bytes at an offset.
type edit struct {
	at, n int
	text  string
}

func newSource(text string) (*source, error) {
	s := &source{text: text, fset: token.NewFileSet(), lines: map[int][2]int{}, named: map[ast.Node]bool{}}
	var err error
	s.file, err = parser.ParseFile(s.fset, "", text, parser.SkipObjectResolution|parser.ParseComments)
	return s, err
}

func (s *source) offset(p token.Pos) int { return s.fset.Position(p).Offset }

// embed compiles a fault in. It reports false if that is not possible.
func (s *source) embed(id int, f Fault) bool {
	at := strings.Index(s.text, f.Old)
	from, to := changed(f.Old, f.New)
	fn := s.function(at+from, at+to)
	if fn == nil || callsRecover(fn) {
		return false
	}
	mutated := s.text[:at] + f.New + s.text[at+len(f.Old):]
	end := s.offset(fn.End()) + len(f.New) - len(f.Old)
	name := fmt.Sprintf("%sMutant%d", fn.Name.Name, id)
	nameEnd := s.offset(fn.Name.End())
	decl := mutated[s.offset(fn.Pos()):s.offset(fn.Name.Pos())] + name + mutated[nameEnd:end]

	first := strings.Count(s.tail, "\n")
	s.tail += "\n" + decl + "\n"
	s.lines[id] = [2]int{first, strings.Count(s.tail, "\n")}
	s.edits = append(s.edits, edit{s.offset(fn.Body.Lbrace) + 1, 0, s.dispatch(id, fn, name)})
	return true
}

// changed returns which part of the old text differs from the new one.
func changed(before, after string) (from, to int) {
	for from < len(before) && from < len(after) && before[from] == after[from] {
		from++
	}
	to = len(before)
	for n := len(after); to > from && n > from && before[to-1] == after[n-1]; n-- {
		to--
	}
	return from, to
}

// function returns the declaration in whose body a part of the text lies, or nil.
func (s *source) function(from, to int) *ast.FuncDecl {
	for _, d := range s.file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil &&
			s.offset(fn.Body.Lbrace) < from && to < s.offset(fn.Body.Rbrace)+1 {
			return fn
		}
	}
	return nil
}

func callsRecover(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false // its own frame
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "recover" {
				found = true
			}
		}
		return true
	})
	return found
}

// dispatch returns the statement that calls a copy in place of fn.
func (s *source) dispatch(id int, fn *ast.FuncDecl, name string) string {
	var args []string
	for _, f := range fn.Type.Params.List {
		args = append(args, s.names(f)...)
	}
	call := name
	if fn.Recv != nil {
		call = s.names(fn.Recv.List[0])[0] + "." + name
	} else if fn.Type.TypeParams != nil {
		var types []string
		for _, f := range fn.Type.TypeParams.List {
			for _, n := range f.Names {
				types = append(types, n.Name)
			}
		}
		call += "[" + strings.Join(types, ", ") + "]"
	}
	call += "(" + strings.Join(args, ", ") + ")"
	if fn.Type.Results == nil {
		return fmt.Sprintf(" if mutantID == %d { %s; return };", id, call)
	}
	return fmt.Sprintf(" if mutantID == %d { return %s };", id, call)
}

// names returns the names of parameters, as arguments. Those that have none get one.
func (s *source) names(f *ast.Field) (names []string) {
	name := func(at, n int) string {
		name := fmt.Sprintf("mutantArg%d", at)
		if !s.named[f] {
			s.edits = append(s.edits, edit{at, n, name + " "[:1-n]})
		}
		return name
	}
	if len(f.Names) == 0 {
		names = append(names, name(s.offset(f.Pos()), 0))
	}
	for _, n := range f.Names {
		if n.Name == "_" {
			names = append(names, name(s.offset(n.Pos()), 1))
		} else {
			names = append(names, n.Name)
		}
	}
	s.named[f] = true
	if _, ok := f.Type.(*ast.Ellipsis); ok {
		names[len(names)-1] += "..."
	}
	return names
}

// String returns the file with the faults that were compiled in.
func (s *source) String() string {
	slices.SortStableFunc(s.edits, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	last := 0
	for _, e := range s.edits {
		b.WriteString(s.text[last:e.at] + e.text)
		last = e.at + e.n
	}
	b.WriteString(s.text[last:] + s.tail)
	return b.String()
}

// fault returns which fault a line of String belongs to, 0 if to none.
func (s *source) fault(line int) int {
	line -= strings.Count(s.text, "\n") + 1
	for id, r := range s.lines {
		if r[0] <= line && line <= r[1] {
			return id
		}
	}
	return 0
}
