package misuse

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

const module = "github.com/millrace-go/millrace/"

// A call is one of a function or a method of packages future, pool and stream.
type call struct {
	at   inspector.Cursor
	node *ast.CallExpr
	fn   *types.Func
	pkg  string // future, pool, stream
	recv string // the type of the receiver, "" for a function
}

func resolve(info *types.Info, at inspector.Cursor, n *ast.CallExpr) (call, bool) {
	fn, ok := typeutil.Callee(info, n).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return call{}, false
	}
	pkg, ours := strings.CutPrefix(fn.Pkg().Path(), module)
	if !ours || pkg != "future" && pkg != "pool" && pkg != "stream" {
		return call{}, false
	}
	return call{at: at, node: n, fn: fn, pkg: pkg, recv: receiver(fn)}, true
}

func receiver(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := recv.Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// String is the call as a user writes it, without its arguments.
func (c call) String() string {
	if c.recv != "" {
		return c.recv + "." + c.fn.Name()
	}
	return c.pkg + "." + c.fn.Name()
}

// submits reports whether the call returns the future of a task.
func (c call) submits() bool {
	if c.pkg != "pool" {
		return false
	}
	switch c.fn.Name() {
	case "Submit", "Go", "Then":
		return true
	}
	return false
}

// runsAsTask reports whether the call runs a literal as a task of an executor.
func (c call) runsAsTask(info *types.Info, lit *ast.FuncLit) bool {
	if c.executor() == nil || c.fn.Name() == "Scope" {
		return false
	}
	sig, ok := info.TypeOf(lit).(*types.Signature)
	return ok && sig.Params().Len() > 0 && isContext(sig.Params().At(0).Type())
}

// executor returns the expression for where the call's tasks run, nil if the
// call has none.
func (c call) executor() ast.Expr {
	sig := c.fn.Signature()
	for i := range sig.Params().Len() {
		if named(sig.Params().At(i).Type(), "Executor") && i < len(c.node.Args) {
			return c.node.Args[i]
		}
	}
	if c.recv == "Pool" || c.recv == "Group" {
		return c.receiver()
	}
	return nil
}

// receiver returns what a method is called on.
func (c call) receiver() ast.Expr {
	fun := ast.Unparen(c.node.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok && c.recv != "" {
		return sel.X
	}
	return nil
}

// context returns the call's context, nil if its first parameter is none.
func (c call) context() ast.Expr {
	params := c.fn.Signature().Params()
	if params.Len() == 0 || len(c.node.Args) == 0 || !isContext(params.At(0).Type()) {
		return nil
	}
	return c.node.Args[0]
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context" && n.Obj().Name() == "Context"
}

// named reports whether t is the type of a name in millrace.
func named(t types.Type, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && strings.HasPrefix(n.Obj().Pkg().Path(), module)
}
