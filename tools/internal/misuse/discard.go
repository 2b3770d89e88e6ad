package misuse

import (
	"go/ast"
	"go/types"
)

// Discard reports a map or a stream that is made and thrown away.
var Discard = analyzer("discard",
	`report a map or a stream that nobody uses

pool.Map, the stages of package stream and future.AsCompleted describe work, and
nothing runs until somebody ranges over the sequence or calls a sink.`,
	func(x *index, c call) {
		if _, ok := parent(c.at).Node().(*ast.ExprStmt); !ok || !lazy(c) {
			return
		}
		x.pass.Reportf(c.node.Pos(), "the result of %s is discarded: nothing runs until it is used", c)
	})

// lazy reports whether a call only describes what is to run.
func lazy(c call) bool {
	results := c.fn.Signature().Results()
	if results.Len() != 1 {
		return false
	}
	t := results.At(0).Type()
	return named(t, "Stream") || isSeq(t)
}

func isSeq(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "iter"
}
