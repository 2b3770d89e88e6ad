package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// The context that functions of a task share ends with that task, whichever of them it was
// that returned; one below another is of the same task.
func TestShare(t *testing.T) {
	up := block(context.WithValue(bg, key{}, 1))
	caller := up.Take()
	var outer, inner struct{ taskctx.Block }
	c := outer.Share(caller, caller, owner)
	below := inner.Share(c, c, owner)
	for name, c := range map[string]*taskctx.Item{"shared": c, "one below": below} {
		if c.Owner() != owner || taskctx.From(c) != c || c.Value(key{}) != 1 {
			t.Errorf("the %s context is not that of a task that runs", name)
		}
		check(t, name+", while the task runs", c, nil, nil)
	}
	up.EndLast()
	for name, c := range map[string]*taskctx.Item{"shared": c, "one below": below} {
		if !c.Over() || c.Owner() != nil || taskctx.From(c) != nil {
			t.Errorf("the %s context lives when its task has returned", name)
		}
		check(t, name+", after the task", c, context.Canceled, outcome.ErrTaskEnded)
	}
}
