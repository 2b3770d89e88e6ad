package sched

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A task's context ends with contexts that it was not derived from: those of its groups and of
// its pool. What was derived from the task's context is told of their end a moment later, by a
// goroutine. The same holds for the context that it was submitted with, if the standard library
// does not know that. Their end is to act at once, so a scope of such a context remembers them.

// boundsAbove returns the bounds of the tasks that ctx ends with, each with those around it. It
// leaves out those whose end p knows of anyway.
func (p *Pool) boundsAbove(ctx context.Context) []*taskctx.Bound {
	c := taskctx.Above(ctx)
	if c == nil {
		return nil
	}
	w := ownedBy(c.Owner())
	if w == nil {
		return nil // the task has returned, and its context has ended
	}
	bounds, root := p.boundsOf(c, w)
	if root != nil && !taskctx.Heard(root) {
		bounds = append(bounds, taskctx.NewBound(root, nil))
	}
	return bounds
}

// boundsOf returns the bounds of the task that w runs, if c is its context, and the context that
// it, or the one at the top of those that it is below, was submitted with; nil if that never ends.
func (p *Pool) boundsOf(c *taskctx.Item, w *worker) (bounds []*taskctx.Bound, root context.Context) {
	add := func(b *taskctx.Bound) {
		if b != p.bound && !slices.Contains(bounds, b) {
			bounds = append(bounds, b)
		}
	}
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if !w.runs(c) {
		return nil, nil
	}
	add(c.Block().Bounds())
	s := w.task.scope.Load()
	for at := s.bounded; at != nil; at = at.beyond {
		add(at.group.bound)
	}
	if s.root != nil {
		root = s.root.ctx
		for _, b := range s.root.above {
			add(b)
		}
	}
	return bounds, root
}

// eachBound calls f with all bounds, and those around each. It leaves out that of p.
func (p *Pool) eachBound(bounds []*taskctx.Bound, f func(*taskctx.Bound)) {
	for _, b := range bounds {
		for at := b; at != nil && at != p.bound; at = at.Outer {
			f(at)
		}
	}
}

// endedBound returns the context of one of bounds that has ended, or nil. It leaves out that of p.
func (p *Pool) endedBound(bounds []*taskctx.Bound) context.Context {
	for _, b := range bounds {
		if ctx := b.EndedWithin(p.bound); ctx != nil {
			return ctx
		}
	}
	return nil
}
