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

// adopts returns the context that bounds the life of a task which is submitted to g with
// ctx, the context of a member: of g, of a group or a map over g, or of one over the same
// group as g. A group owns its members: neither the return of a member nor the end of a
// group or a map over g cancels the tasks that the member has submitted to g. adopts
// reports false if ctx is not that of such a member.
func (g *Group) adopts(ctx context.Context, item *taskctx.Item) (context.Context, bool) {
	if g == nil {
		return nil, false
	}
	c := item
	if c == nil {
		if c = taskctx.From(ctx); c == nil || ctx.Done() != c.Done() {
			return nil, false // it ends earlier than the task
		}
	}
	w := ownedBy(c.Owner())
	if w == nil || w.pool != g.pool || c.Block().Shared() { // a function of Join ends with that, whichever task runs it
		return nil, false
	}
	p := g.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if !w.runs(c) || !w.task.group().meets(g) || c.Ended() {
		return nil, false
	}
	if !g.within(w.task.group()) {
		return context.WithoutCancel(ctx), true // what ends g ends its members
	}
	up := w.task.scope.Load().ctx
	if _, own := ctx.(*taskctx.Item); own {
		return up, true // the task's own context has no other values
	}
	return taskctx.Adopt(up, context.WithoutCancel(ctx)), true
}

// within reports whether g is outer, or inside of it.
func (g *Group) within(outer *Group) bool {
	for ; g != nil; g = g.outer {
		if g == outer {
			return true
		}
	}
	return false
}

// meets reports whether a task of g and one of other are members of one group.
func (g *Group) meets(other *Group) bool {
	for ; other != nil; other = other.outer {
		if g.within(other) {
			return true
		}
	}
	return false
}
