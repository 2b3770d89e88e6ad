package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A task's context ends with contexts that it was not derived from: those of its groups and of
// its pool. What was derived from the task's context is told of their end a moment later, by a
// goroutine. The same holds for the context that it was submitted with, if the standard library
// does not know that. Their end is to act at once, so a scope of such a context remembers them.

// boundsAbove returns the contexts that end those of the tasks that ctx comes from.
func (p *Pool) boundsAbove(ctx context.Context) *taskctx.Bound {
	c := taskctx.Above(ctx)
	if c == nil {
		return nil
	}
	w := ownedBy(c.Owner())
	if w == nil {
		return nil // the task has returned, and its context has ended
	}
	bounds, root := boundsOf(c, w)
	if root != nil && !taskctx.Heard(root) && !bounds.EndsWith(root.Done()) {
		return taskctx.NewBound(root, bounds)
	}
	return bounds
}

// boundsOf returns the bounds of the task that w runs, if c is its context, and the context that
// it, or the one at the top of those that it is below, was submitted with; nil if that never ends.
func boundsOf(c *taskctx.Item, w *worker) (bounds *taskctx.Bound, root context.Context) {
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if !w.runs(c) {
		return nil, nil
	}
	s := w.task.scope.Load()
	if s.root != nil {
		bounds, root = s.root.above, s.root.ctx
	}
	return c.Block().Bounds().Within(s.bounds.Within(bounds)), root
}
