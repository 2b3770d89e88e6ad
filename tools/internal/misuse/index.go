package misuse

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// indexer makes the index of a package, once for all checks.
var indexer = &analysis.Analyzer{
	Name:       "millraceindex",
	Doc:        "index the calls of millrace in a package",
	Requires:   []*analysis.Analyzer{inspect.Analyzer},
	ResultType: reflect.TypeFor[*index](),
	Run:        func(pass *analysis.Pass) (any, error) { return newIndex(pass), nil },
}

// An index is what the checks know of a package.
type index struct {
	pass    *analysis.Pass
	calls   []call
	byNode  map[ast.Expr]call
	tasks   map[*ast.FuncLit]call         // what runs as a task, by the call that makes it one
	assigns map[types.Object][]assignment // of variables
	params  map[types.Object]*ast.FuncLit // and results, by their literal; nil: of a declared function
}

// An assignment is one place where a variable gets a value: the nth of those
// that an expression has, or what a range over the expression yields.
type assignment struct {
	value  ast.Expr
	n      int
	ranged bool
}

func newIndex(pass *analysis.Pass) *index {
	x := &index{
		pass:    pass,
		byNode:  map[ast.Expr]call{},
		tasks:   map[*ast.FuncLit]call{},
		assigns: map[types.Object][]assignment{},
		params:  map[types.Object]*ast.FuncLit{},
	}
	root := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
	for at := range root.Preorder((*ast.CallExpr)(nil), (*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.FuncDecl)(nil), (*ast.UnaryExpr)(nil)) {
		switch n := at.Node().(type) {
		case *ast.CallExpr:
			x.addCall(at, n)
		case *ast.AssignStmt:
			x.addAssigns(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			names := make([]ast.Expr, len(n.Names))
			for i, name := range n.Names {
				names[i] = name
			}
			x.addAssigns(names, n.Values)
		case *ast.RangeStmt:
			x.assign(n.Key, assignment{n.X, 0, true})
			x.assign(n.Value, assignment{n.X, 1, true})
		case *ast.FuncLit:
			x.addParams(n.Type, n)
		case *ast.FuncDecl:
			x.addParams(n.Type, nil)
		case *ast.UnaryExpr:
			if n.Op == token.AND { // the variable may be assigned to through its address
				x.assign(n.X, assignment{})
			}
		}
	}
	return x
}

// in returns the index for the pass of a check.
func (x *index) in(pass *analysis.Pass) *index {
	y := *x
	y.pass = pass
	return &y
}

func (x *index) addCall(at inspector.Cursor, n *ast.CallExpr) {
	c, ok := resolve(x.pass.TypesInfo, at, n)
	if !ok {
		return
	}
	x.calls = append(x.calls, c)
	x.byNode[n] = c
	for _, arg := range n.Args {
		if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok && c.runsAsTask(x.pass.TypesInfo, lit) {
			x.tasks[lit] = c
		}
	}
}

// addParams notes the parameters of a function, by the literal if it is one.
func (x *index) addParams(t *ast.FuncType, lit *ast.FuncLit) {
	for _, list := range []*ast.FieldList{t.Params, t.Results} {
		if list == nil {
			continue
		}
		for _, f := range list.List {
			for _, name := range f.Names {
				x.params[x.pass.TypesInfo.ObjectOf(name)] = lit
			}
		}
	}
}

func (x *index) addAssigns(left, right []ast.Expr) {
	for i, l := range left {
		switch {
		case len(right) == len(left):
			x.assign(l, assignment{right[i], 0, false})
		case len(right) == 1:
			x.assign(l, assignment{right[0], i, false})
		}
	}
}

func (x *index) assign(left ast.Expr, a assignment) {
	if id, ok := left.(*ast.Ident); ok {
		if v, ok := x.pass.TypesInfo.ObjectOf(id).(*types.Var); ok {
			x.assigns[v] = append(x.assigns[v], a)
		}
	}
}

// variable returns the variable that an expression names, nil if it is no name
// of a variable.
func (x *index) variable(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := x.pass.TypesInfo.ObjectOf(id).(*types.Var)
	return v
}

// once returns the only assignment to a variable; there is none if it has more
// of them, or is a parameter.
func (x *index) once(v *types.Var) (assignment, bool) {
	if _, ok := x.params[v]; ok || v == nil || len(x.assigns[v]) != 1 {
		return assignment{}, false
	}
	a := x.assigns[v][0]
	return a, a.value != nil
}

// call returns the call of millrace that an expression is, or that its variable
// was assigned from.
func (x *index) call(e ast.Expr) (call, bool) {
	e = ast.Unparen(e)
	if a, ok := x.once(x.variable(e)); ok && !a.ranged {
		e = ast.Unparen(a.value)
	}
	c, ok := x.byNode[e]
	return c, ok
}
