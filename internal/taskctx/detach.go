package taskctx

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// A job that submits its successor with context.WithoutCancel(ctx) makes a chain:
// each context holds on to the one before it, for its values, and looking up a
// value goes through all of them. Detach cuts it: a task's own context adds no
// values to those of its parent, so context.WithoutCancel of it is as good as
// context.WithoutCancel of its parent, which the first of the chain has made.

var withoutCancel = reflect.TypeOf(context.WithoutCancel(context.Background()))

// Detach returns ctx, or, if it is context.WithoutCancel of the context of a task
// and adds nothing else, one that answers like it and does not hold the task's.
func Detach(ctx context.Context) context.Context {
	if reflect.TypeOf(ctx) != withoutCancel {
		return ctx
	}
	c, ok := ctx.Value(taskKey{}).(*Item)
	if !ok {
		return ctx
	}
	// Nothing but its text tells what a context of the standard library wraps.
	name, ok := strings.CutPrefix(fmt.Sprint(ctx), c.String())
	if !ok || strings.Trim(name, ".") != "WithoutCancel" {
		return ctx
	}
	switch up := c.block().parent.(type) {
	case *detached:
		return up
	default:
		return &detached{context.WithoutCancel(up)}
	}
}

// A detached is what Detach has made.
type detached struct{ context.Context }
