package taskctx

import (
	"context"
	"slices"
)

// A job that submits its successor with context.WithoutCancel(ctx) makes a chain:
// each context holds on to the one before it, for its values, and looking up a
// value goes through all of them. Detach cuts it. Neither a task's own context nor
// one that was derived from it with a cancel function or a deadline adds values, so
// context.WithoutCancel of it is as good as context.WithoutCancel of what it is
// below, which the first of the chain has made.

// Detach returns ctx, or, if it is context.WithoutCancel of a context that adds no values to
// one above, a context that answers like it and does not hold what lies between. The values
// of the workers of owner may be missing there: a task of owner has those of its own worker.
func Detach(ctx context.Context, owner any) context.Context {
	if !detaches(ctx) {
		return ctx
	}
	root := ctx // ctx has its values, and those of bases
	var bases []*Base
	for up := ctx; up != nil; {
		switch c := up.(type) {
		case *Item:
			root = c.Block().parent
			up = root
		case *deep:
			up = c.item
		case *Base:
			if c.owner != owner && !slices.ContainsFunc(bases, func(b *Base) bool { return b.owner == c.owner }) {
				bases = append(bases, c)
			}
			root = c.Context
			up = root
		default:
			if detaches(up) {
				root = up
			}
			up = unwrap(up)
		}
	}
	if len(bases) == 0 && detaches(root) {
		return root
	}
	for _, b := range slices.Backward(bases) {
		root = &Base{root, b.values, b.owner}
	}
	return context.WithoutCancel(root)
}

// name is what the contexts of this package are called where a context that wraps one
// is printed.
const name = "millrace task context"
