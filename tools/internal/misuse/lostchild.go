package misuse

import "go/ast"

// LostChild reports a child whose context ends before it may have run.
var LostChild = analyzer("lostchild",
	`report a child task that nobody awaits and that ends with its parent

The context of a task ends when the task has returned. A child that is submitted to
a pool with it and not awaited is cancelled then. A child that is to go on belongs
in a group, or is submitted with context.WithoutCancel(ctx).`,
	func(x *index, c call) {
		if !c.submits() || !x.isPool(c.executor()) || !discarded(c) {
			return
		}
		t, ok := x.task(c.at)
		if !ok || !x.isContextOf(c.context(), t) {
			return
		}
		x.pass.Reportf(c.node.Pos(), "nobody awaits this task, and its context ends when the task around it returns: await it, or use context.WithoutCancel")
	})

// isPool reports whether an executor certainly is a pool: a group keeps its
// members alive.
func (x *index) isPool(ex ast.Expr) bool {
	t := x.pass.TypesInfo.TypeOf(ex)
	return t != nil && t.String() == "*"+module+"pool.Pool"
}

// discarded reports whether nobody can await what the call returns: it is a
// statement, or only a callback is registered.
func discarded(c call) bool {
	up := parent(c.at)
	switch n := up.Node().(type) {
	case *ast.ExprStmt:
		return true
	case *ast.AssignStmt:
		return len(n.Lhs) == 1 && isBlank(n.Lhs[0])
	case *ast.SelectorExpr:
		call, ok := parent(up).Node().(*ast.CallExpr)
		if !ok || n.Sel.Name != "OnDone" || ast.Unparen(call.Fun) != n {
			return false
		}
		_, ok = parent(parent(up)).Node().(*ast.ExprStmt)
		return ok
	}
	return false
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// isContextOf reports whether an expression is the parameter that is a task's
// context.
func (x *index) isContextOf(ctx ast.Expr, t task) bool {
	v := x.variable(ctx)
	return v != nil && x.params[v] == t.lit && len(x.assigns[v]) == 0
}
