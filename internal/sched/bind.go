package sched

import "context"

// bindLocked gives a started task its context, if it has none yet. The caller holds
// the lock that guards w.task.
func (t *Task) bindLocked(w *worker) {
	w.item = nil
	switch c := t.run.Load(); {
	case c == nil && t.more == nil && w.base == nil && w.spanFor(t.ctx):
		w.item = &w.span.items[w.next]
		w.next++
		t.ctx = nil
	case c == nil:
		t.bindToLocked(w.slab.next(t.ctx), withBase(t.ctx, w.base))
	case w.base != nil:
		// It was aborted before it had a worker: what is above it has ended.
		c.task.Store(nil)
		t.bindToLocked(new(Ctx), withBase(c, w.base))
	}
}

// unbind takes the context back from a task that w has not run. The caller holds
// both locks.
func (w *worker) unbind(t *Task) {
	if w.item != nil && t.run.Load() == nil {
		t.ctx = w.span.parent
		w.next--
	}
	w.item = nil
}

func (t *Task) bindToLocked(c *Ctx, parent context.Context) {
	c.bind(t, parent)
	t.run.Store(c)
	t.ctx = nil
}

// contextLocked returns the context of a started task, also of one that no
// worker has taken yet; nil if the task's function has ended.
func (t *Task) contextLocked() *Ctx {
	if w := t.pool.holderLocked(t); w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.task == t && w.item != nil {
			return w.item.span().context(w.item.place, t)
		}
	}
	if t.run.Load() == nil && t.ctx != nil {
		t.bindToLocked(new(Ctx), t.ctx)
	}
	return t.run.Load()
}

// afterLook is how many tasks of a worker get a Ctx each when one has looked at its
// context: others are likely to do that too.
const afterLook = 64

// spanFor reports whether the next task, whose context is below ctx, gets its from
// the span, and sees to it that there is one. The first task below a context gets a
// Ctx: those that come one by one, each with a context of its own, get just what
// they need. So do tasks of tasks, which wait and submit with theirs.
func (w *worker) spanFor(ctx context.Context) bool {
	switch _, nested := ctx.(*Ctx); {
	case nested:
		return false
	case w.looks > 0:
		w.looks--
		return false
	case !sameContext(w.slab.parent, ctx):
		w.leaveSpan(false)
		return false
	case w.span == nil || w.next == spanSize:
		w.leaveSpan(false)
		w.span = &span{runner: w, parent: ctx, items: places}
	}
	return true
}

// leaveSpan is for a worker that is through with its span, if it has one. cut says
// that what is above had ended before the last task did.
func (w *worker) leaveSpan(cut bool) {
	if w.span != nil {
		w.span.leave(cut)
	}
	w.span, w.next = nil, 0
}

// endContext ends the context of a task whose function has ended.
func (w *worker) endContext(t *Task) {
	if w.item == nil {
		t.run.Load().finish()
		return
	}
	s := w.span
	cut := s.parent.Err() != nil
	s.ended.set(w.next)
	looked := s.looked.Load() != 0
	if !looked && !cut {
		return
	}
	if looked {
		w.looks = afterLook
	}
	for _, c := range s.all() { // there may be more later, but none that is live
		if c.task.Load() != nil {
			c.finish()
		}
	}
	w.leaveSpan(cut)
}

// finish is the end of a context whose task's function has ended.
func (c *Ctx) finish() {
	c.task.Store(nil)
	c.end(nil)
}

// contextOf implements runner.
func (w *worker) contextOf(c *itemCtx) *Ctx {
	p := w.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	var t *Task
	if w.item == c {
		t = w.task
	}
	return c.span().context(c.place, t)
}

// restContexts lets go of the contexts of tasks that have ended.
func (w *worker) restContexts() {
	w.slab.rest()
	if w.slab.parent == nil {
		w.item = nil
		w.leaveSpan(false)
	}
}

// lookedAt returns ctx, or the Ctx of the task if ctx is of a span: who submits or waits
// with the context of a task has the pool look at it.
func lookedAt(ctx context.Context) context.Context {
	if c, ok := ctx.(*itemCtx); ok {
		return c.ctx()
	}
	return ctx
}
