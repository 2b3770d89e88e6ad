package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A chain of tasks, each submitted with context.WithoutCancel of the one before, stays
// as short as its first link.
func TestDetachChain(t *testing.T) {
	ctx := context.WithValue(bg, key{}, 1)
	var second context.Context
	for i := range 100_000 {
		b := block(ctx)
		c := b.Take()
		next := taskctx.Detach(context.WithoutCancel(c))
		b.EndLast()
		switch {
		case i == 0:
			second = next
		case next != second:
			t.Fatalf("link %d of the chain is a context of its own", i)
		}
		ctx = next
	}
	if ctx.Value(key{}) != 1 || ctx.Err() != nil || ctx.Done() != nil || taskctx.From(ctx) != nil {
		t.Error("the end of the chain has no values, has ended, or is of a task")
	}
	if _, ok := ctx.Deadline(); ok {
		t.Error("the end of the chain has a deadline")
	}
}

// A context that adds anything stays what it is.
func TestDetachKeeps(t *testing.T) {
	c := block(bg).Take()
	derived, cancel := context.WithCancel(c)
	defer cancel()
	for name, ctx := range map[string]context.Context{
		"the task's":        c,
		"a derived one":     derived,
		"a value":           context.WithValue(c, key{}, 1),
		"a detached value":  context.WithoutCancel(context.WithValue(c, key{}, 1)),
		"a value over that": context.WithValue(context.WithoutCancel(c), key{}, 1),
		"of no task":        context.WithoutCancel(bg),
	} {
		if taskctx.Detach(ctx) != ctx {
			t.Errorf("Detach() of %s returns another context", name)
		}
	}
}
