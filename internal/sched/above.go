package sched

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A task's context ends with contexts that it was not derived from: those of its groups and of
// its pool. What was derived from the task's context is told of their end a moment later, by a
// goroutine. Their end is to act at once, so a scope of such a context remembers them.

// boundsAbove returns the bounds of the tasks that ctx ends with, each with those around it. It
// leaves out those whose end p knows of anyway.
func (p *Pool) boundsAbove(ctx context.Context) (bounds []*taskctx.Bound) {
	if a, ok := ctx.(*adopted); ok {
		ctx = a.Context
	}
	c := taskctx.Above(ctx)
	if c == nil {
		return nil
	}
	w := ownedBy(c.Owner())
	if w == nil {
		return nil // the task has returned, and its context has ended
	}
	add := func(b *taskctx.Bound) {
		if b != p.bound && !slices.Contains(bounds, b) {
			bounds = append(bounds, b)
		}
	}
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if !w.runs(c) {
		return nil
	}
	add(c.Block().Bounds())
	s := w.task.scope.Load()
	for at := s.bounded; at != nil; at = at.beyond {
		add(at.group.bound)
	}
	if s.root != nil {
		for _, b := range s.root.above {
			add(b)
		}
	}
	return bounds
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
