package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// The scope of a running task's own context, which needs no registration: the worker that
// runs the task ends it.

// own returns the context of a task that w runs, if ctx is that and ends only when
// the pool says so. One with a deadline of its own is like that of a caller outside.
func (p *Pool) own(ctx context.Context) (*taskctx.Item, *worker) {
	c, ok := ctx.(*taskctx.Item)
	if !ok || !poolEnds(c) {
		return nil, nil
	}
	w := ownedBy(c.Owner())
	if w == nil || w.pool != p {
		return nil, nil
	}
	return c, w
}

// poolEnds reports whether c, the context of a task, ends only when the task's pool says so.
func poolEnds(c *taskctx.Item) bool { return !c.Limited() && !c.Block().Forked() }

// scopeOfTask returns the scope of c, the context of the task that w runs. It reports false
// if that has ended.
func (p *Pool) scopeOfTask(c *taskctx.Item, w *worker) (s *scope, alive bool) {
	if c.Ended() || !w.visit(c) {
		return nil, false
	}
	if s = w.kids; s != nil {
		return s, !s.ended()
	}
	up := w.task.scope.Load()
	if up.ended() {
		return nil, false
	}
	s = p.spare.scope(p)
	s.ctx, s.worker = c, w
	s.below(up, w.task.group())
	w.kids = s
	return s, !s.ended()
}

// below makes s a kid of up, the scope of a task, unless nothing ends up. Then what ends up ends s,
// and so does the context of g, if the task is a member of g.
func (s *scope) below(up *scope, g *Group) {
	if up.done != nil || up.worker != nil || up.fork != nil {
		s.up = up
		up.kids.Push(s, &s.links)
	}
	s.root, s.bounded, s.bounds = up.root, up.bounded, up.bounds
	s.mortal = s.worker != nil || s.root != nil
	if s.group = g; g != nil {
		s.bounded, s.beyond, s.bounds = s, up.bounded, g.bound.Within(up.bounds)
	}
	s.asks = s.root != nil || s.bounded != nil
	if up.ending.Load() { // a store costs the lock more than a look
		s.ending.Store(true)
	}
}

// abort is Task.abortBelow, for a scope below.
func (s *scope) abort() {
	if s == nil || s.ending.Swap(true) {
		return // those below know as well
	}
	for kid := range s.kids.All() {
		kid.abort()
	}
}

// visit notes that the task whose context c is will leave something behind in the pool. It
// reports false if the task has ended.
//
// The item of a map ends without the lock, unless Parent is set. So that is set first, and
// then c is looked at; the runner ends c first, and then looks at Parent. Of the two one
// sees the other.
func (w *worker) visit(c *taskctx.Item) bool {
	if !w.runs(c) {
		return false
	}
	if w.task.Has(outcome.Parent) {
		return true
	}
	w.task.Add(outcome.Parent)
	if w.task.extra().isRunner() {
		c.Block().Visit()
	}
	return !c.Over()
}

// groupEnded reports whether the context of a group has ended that a task above is a member
// of, and why, if a group knows: the tasks may not have been told yet.
func (s *scope) groupEnded() (ended bool, why error) {
	for at := s.bounded; at != nil; at = at.beyond {
		if why = at.group.refusal(); why != nil {
			return true, why
		}
	}
	return s.bounds.EndedWithin(s.pool.bound) != nil, nil
}

// leaveTask ends what depends on the task that w has run, or on the item of a map: the waits
// of goroutines that outlive it are not waits of the next one.
func (w *worker) leaveTask() {
	for w.waits != nil {
		w.waits.unblock()
	}
	if s := w.kids; s != nil {
		w.kids = nil
		s.end()
	}
}

// cutOff makes a scope that was fired, and those below it, forget what is above.
func (s *scope) cutOff() {
	if s.cut {
		return
	}
	s.cut = true
	s.root, s.bounded, s.beyond, s.bounds = nil, nil, nil, nil
	for kid := range s.kids.All() {
		kid.cutOff()
	}
}

// end is the end of a scope below that of a task, and of those below it. They forget it, and what
// is above: a task that they are of may still run, and those scopes may be of use for others by
// then.
func (s *scope) end() {
	if s.live > 0 || s.kids.First() != nil || s.waits.First() != nil { // or else it is for nothing by now
		s.fire()
		s.cutOff()
	}
	for kid := s.kids.First(); kid != nil; kid = s.kids.First() {
		s.kids.Remove(&kid.links)
		kid.up = nil
	}
	if up := s.up; up != nil {
		s.up = nil
		up.kids.Remove(&s.links)
		s.pool.drop(up)
	}
	if s.live == 0 && s.waits.First() == nil {
		s.pool.spare.putScope(s)
	}
}
