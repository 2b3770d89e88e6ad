package misuse

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// DropErrors reports a loop that takes the values of a map or a stream and not
// the errors. A blank second variable is taken for intended.
var DropErrors = &analysis.Analyzer{
	Name: "droperrors",
	Doc: `report a loop over a map or a stream that drops the errors

An item that failed is delivered as its error, in its place, and so is the end of
the context: for v := range pool.Map(…) sees the zero value instead of both.`,
	Requires: []*analysis.Analyzer{indexer},
	Run: func(pass *analysis.Pass) (any, error) {
		x := pass.ResultOf[indexer].(*index).in(pass)
		for _, file := range pass.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				if loop, ok := n.(*ast.RangeStmt); ok && loop.Value == nil {
					x.dropsErrors(loop)
				}
				return true
			})
		}
		return nil, nil
	},
}

func (x *index) dropsErrors(loop *ast.RangeStmt) {
	c, ok := x.call(loop.X)
	if !ok || c.pkg == "future" {
		return
	}
	seq, ok := types.Unalias(c.fn.Signature().Results().At(0).Type()).(*types.Named)
	if !ok || !isSeq(seq) || seq.TypeArgs().Len() != 2 || seq.TypeArgs().At(1) != types.Universe.Lookup("error").Type() {
		return
	}
	x.pass.Reportf(loop.Pos(), "the loop over %s drops the errors: for v, err := range …", c)
}
