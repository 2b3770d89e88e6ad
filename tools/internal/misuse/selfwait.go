package misuse

import (
	"go/ast"
	"go/types"
)

// SelfWait reports a task that waits for itself.
var SelfWait = analyzer("selfwait",
	`report a task that closes its own pool or waits for its own group

Pool.Close and Group.Wait return when every task has settled, so a task of that
pool or a member of that group that calls them waits for itself.`,
	func(x *index, c call) {
		if !(c.recv == "Pool" && (c.fn.Name() == "Close" || c.fn.Name() == "Shutdown")) &&
			!(c.recv == "Group" && c.fn.Name() == "Wait") {
			return
		}
		self := x.variable(c.receiver())
		if self == nil || len(x.assigns[self]) > 1 {
			return
		}
		if t, ok := x.task(c.at); ok && x.runsOn(t.call.executor(), self) {
			unless := ""
			if c.fn.Name() == "Shutdown" {
				unless = "; with the task's context it does nothing"
			}
			x.pass.Reportf(c.node.Pos(), "%s inside a task of it waits for that task%s", c, unless)
		}
	})

// runsOn reports whether an executor certainly is a pool or a group, or a group
// below it.
func (x *index) runsOn(ex ast.Expr, over *types.Var) bool {
	for ex != nil {
		v := x.variable(ex)
		if v == nil || v == over {
			return v != nil
		}
		ex = x.parentOf(v)
	}
	return false
}

// parentOf returns the executor that a group was made on, nil if it is not known.
func (x *index) parentOf(group *types.Var) ast.Expr {
	if lit := x.params[group]; lit != nil {
		return x.scopeOf(lit)
	}
	a, ok := x.once(group)
	if !ok || a.ranged {
		return nil
	}
	if c, ok := x.call(a.value); ok && (c.fn.Name() == "NewGroup" || c.fn.Name() == "Group") {
		return c.executor()
	}
	return nil
}

// scopeOf returns the executor of the scope that has a literal as its body.
func (x *index) scopeOf(body *ast.FuncLit) ast.Expr {
	for _, c := range x.calls {
		if c.fn.Name() != "Scope" || c.pkg != "pool" {
			continue
		}
		for _, arg := range c.node.Args {
			if ast.Unparen(arg) == body {
				return c.executor()
			}
		}
	}
	return nil
}
