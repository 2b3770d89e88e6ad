package misuse

import (
	"go/ast"
	"go/types"
	"iter"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// LateMember reports what is submitted to a group that takes no more.
var LateMember = analyzer("latemember",
	`report a member that is submitted to a group after its Wait

Group.Wait ends the group: what is submitted after it never runs.`,
	func(x *index, c call) {
		if c.recv != "Group" || c.fn.Name() != "Wait" {
			return
		}
		group := x.variable(c.receiver())
		if group == nil || len(x.assigns[group]) > 1 {
			return
		}
		for at := range after(c.at) {
			x.lateMembers(at, group)
		}
	})

func (x *index) lateMembers(at inspector.Cursor, group *types.Var) {
	for _, c := range x.calls {
		ex := c.executor()
		if ex != nil && c.context() != nil && x.variable(ex) == group && within(c.node, at.Node()) {
			x.pass.Reportf(c.node.Pos(), "%s after Wait of its group: the group takes no more members", c)
		}
	}
}

// after yields the statements that run after a call: those behind the call's own
// in its block, if the call is made whenever its statement is reached. A deferred
// call and one in another function are made at another time.
func after(at inspector.Cursor) iter.Seq[inspector.Cursor] {
	return func(yield func(inspector.Cursor) bool) {
		stmt, ok := unconditional(at)
		for ok {
			if stmt, ok = stmt.NextSibling(); ok && !yield(stmt) {
				return
			}
		}
	}
}

// unconditional returns the statement of a block that makes a call whenever it
// runs: the call itself, an assignment of its result, or an if that looks at it.
func unconditional(at inspector.Cursor) (inspector.Cursor, bool) {
	for ; at.Node() != nil; at = at.Parent() {
		switch at.Node().(type) {
		case *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			return at, false
		}
		switch at.ParentEdgeKind() {
		case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
			return at, true
		case edge.IfStmt_Else, edge.CaseClause_List, edge.CommClause_Comm:
			return at, false
		}
	}
	return at, false
}
