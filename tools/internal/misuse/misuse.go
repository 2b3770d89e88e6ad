// Package misuse has analyzers for uses of millrace that compile and are wrong.
//
// All of them work on an [index] of one package: the calls of millrace in it, the
// function literals that such calls run as tasks, and the variables that are
// assigned once. What cannot be known from that is not reported.
package misuse

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// Analyzers are all checks of the package.
var Analyzers = []*analysis.Analyzer{
	Discard,
	DropErrors,
	WaitCtx,
	SelfWait,
	LateMember,
	LostChild,
}

// analyzer returns a check that is run for each call of millrace.
func analyzer(name, doc string, run func(*index, call)) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:     name,
		Doc:      doc,
		Requires: []*analysis.Analyzer{indexer},
		Run: func(pass *analysis.Pass) (any, error) {
			x := pass.ResultOf[indexer].(*index).in(pass)
			for _, c := range x.calls {
				run(x, c)
			}
			return nil, nil
		},
	}
}

// within reports whether a node lies in another one.
func within(inner, outer ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// parent returns the node above a cursor, without parentheses.
func parent(at inspector.Cursor) inspector.Cursor {
	at = at.Parent()
	for {
		if _, ok := at.Node().(*ast.ParenExpr); !ok {
			return at
		}
		at = at.Parent()
	}
}
