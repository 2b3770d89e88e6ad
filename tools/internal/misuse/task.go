package misuse

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A task is a function literal that a call runs on an executor.
type task struct {
	lit  *ast.FuncLit
	call call
}

// task returns the innermost task that what stands at a cursor is certainly a
// part of. Literals between the two must be called where they are written: what
// a go statement or another function does with its function is not known.
func (x *index) task(at inspector.Cursor) (task, bool) {
	if _, spawned := at.Parent().Node().(*ast.GoStmt); spawned {
		return task{}, false
	}
	for lit := range at.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		n, ok := lit.Node().(*ast.FuncLit)
		if !ok {
			break
		}
		if c, ok := x.tasks[n]; ok {
			return task{n, c}, true
		}
		if !calledInPlace(lit) {
			break
		}
	}
	return task{}, false
}

// calledInPlace reports whether a literal is called by the function that it is
// written in: func() { … }(), also deferred.
func calledInPlace(lit inspector.Cursor) bool {
	if lit.ParentEdgeKind() != edge.CallExpr_Fun {
		return false
	}
	_, spawned := lit.Parent().Parent().Node().(*ast.GoStmt)
	return !spawned
}

// foreign reports whether a context is certainly not derived from the task's.
func (x *index) foreign(ctx ast.Expr, t task) bool {
	ctx = ast.Unparen(ctx)
	if made, ok := ctx.(*ast.CallExpr); ok {
		return x.foreignCall(made, t)
	}
	v := x.variable(ctx)
	if v == nil || v.IsField() {
		return false
	}
	if t.lit.Pos() <= v.Pos() && v.Pos() < t.lit.End() {
		a, ok := x.once(v)
		return ok && !a.ranged && a.n == 0 && x.foreign(a.value, t)
	}
	return !x.assignedIn(v, t.lit)
}

// foreignCall is foreign for a call of package context that makes one.
func (x *index) foreignCall(made *ast.CallExpr, t task) bool {
	sel, ok := ast.Unparen(made.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := x.pass.TypesInfo.ObjectOf(sel.Sel).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "context" {
		return false
	}
	if len(made.Args) == 0 {
		return true // Background, TODO
	}
	return x.foreign(made.Args[0], t)
}

// assignedIn reports whether a variable gets one of its values in a literal.
func (x *index) assignedIn(v *types.Var, lit *ast.FuncLit) bool {
	for _, a := range x.assigns[v] {
		if a.value == nil || within(a.value, lit) {
			return true
		}
	}
	return false
}
