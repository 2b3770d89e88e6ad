package pool_test

import (
	"context"
	"errors"
	"slices"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Which errors the levers that were pulled explain. Every lever has an error of
// its own, so an error names the lever. All of it is called with m.mu held.

// mayNotRun reports whether err explains that t never ran.
func (m *model) mayNotRun(t *modelTask, err error) bool {
	if !errors.Is(err, future.ErrCancelled) {
		return false
	}
	switch {
	case t.cancels && err == future.ErrCancelled, t.mayExpire(err), m.mayEndTask(t, err):
		return true
	case errors.Is(err, pool.ErrTooHeavy):
		return m.cfg.maxWeight > 0 && t.plan.weight > m.cfg.maxWeight
	case errors.Is(err, pool.ErrQueueFull):
		return m.mayBeFull(t)
	case errors.Is(err, future.ErrDeadlock): // a task's Submit on a full queue would have to wait for the task's key; or the Wait of a group was stuck
		return m.groupStuck(t) || m.cfg.queue >= 0 && t.plan.key != 0 && m.mayCycle(t.parent, t)
	case errors.Is(err, pool.ErrBroken):
		return m.cfg.init == "goexit" && errors.Is(err, future.ErrGoexit) ||
			slices.ContainsFunc(m.levers.initErrs, func(cause error) bool { return errors.Is(err, cause) })
	case errors.Is(err, pool.ErrStopped):
		return slices.ContainsFunc(m.levers.stops, func(cause error) bool { return errors.Is(err, cause) })
	case errors.Is(err, pool.ErrClosed):
		return m.levers.sealed != 0 && !t.fromTask() && t.returned > m.levers.sealed || t.groupWaited()
	}
	return false
}

// groupStuck reports whether the Wait of a group of t may have been one for itself: that
// cancels the members.
func (m *model) groupStuck(t *modelTask) bool {
	for g := t.group; g != nil; g = g.outer {
		if slices.ContainsFunc(g.members, func(x *modelTask) bool { return m.mayCycle(g.parent, x) }) {
			return true
		}
	}
	return false
}

// fromTask reports whether t was submitted by a running task, which is taken
// after Close too.
func (t *modelTask) fromTask() bool { return t.parent != nil }

func (t *modelTask) groupWaited() bool {
	for g := t.group; g != nil; g = g.outer {
		if g.waited != 0 {
			return true
		}
	}
	return false
}

// mayEndTask reports whether cause explains the end of t's context.
func (m *model) mayEndTask(t *modelTask, cause error) bool {
	var timeout *future.TimeoutError
	is := func(lever error) bool { return errors.Is(cause, lever) }
	return t.starts > 0 && errors.As(cause, &timeout) && timeout.After == t.plan.timeout ||
		slices.ContainsFunc(t.aborts, is) ||
		slices.ContainsFunc(m.levers.stops, is) ||
		t.starts == 0 && slices.ContainsFunc(m.levers.drops, is) ||
		m.broke.Load() && errors.Is(cause, pool.ErrBroken) ||
		errors.Is(cause, future.ErrDeadlock) && m.groupStuck(t) ||
		m.mayEndCtx(t.from, cause) ||
		m.mayEndGroup(t.group, cause)
}

func (m *model) mayEndCtx(c *modelCtx, cause error) bool {
	for ; c != nil; c = c.parent {
		switch {
		case c.cause != nil && errors.Is(cause, c.cause),
			c.deadline && c.ctx.Err() != nil && errors.Is(cause, context.DeadlineExceeded),
			c.task != nil && c.over && errors.Is(cause, context.Canceled),
			c.task != nil && m.mayEndTask(c.task, cause),
			c.group != nil && m.mayEndGroup(c.group, cause),
			c.run != nil && (c.run.mayEnd() || errors.Is(cause, future.ErrDeadlock) && c.run.mayBeStuck()):
			return true
		}
	}
	return false
}

// mayEndGroup: by a member's failure, the end of its context, or its scope's function. One that is
// cancelled after the end of the pool's context has that as its reason.
func (m *model) mayEndGroup(g *modelGroup, cause error) bool {
	for ; g != nil; g = g.outer {
		if own := m.levers.pool; own != nil && (g.cancelled || g.fnErr != nil) && m.mayEndCtx(own, cause) {
			return true
		}
		if g.fnErr != nil && errors.Is(cause, g.fnErr) || m.mayEndCtx(g.from, cause) ||
			slices.ContainsFunc(g.cancels, func(lever error) bool { return errors.Is(cause, lever) }) {
			return true
		}
		if g.endedBy(func(t *modelTask) bool { return t.failedWith(cause) }) {
			return true
		}
	}
	return false
}

// failedWith reports whether t has failed, and cause is its error.
func (t *modelTask) failedWith(cause error) bool {
	return t.will != nil && t.will.explains(cause) ||
		t.seen != nil && t.seen.state == future.Failed && errors.Is(cause, t.seen.err) ||
		t.input != nil && t.input.failedWith(cause)
}

func (w *modelWill) succeeds() bool { return !w.goexit && w.panicked == nil && w.err == nil }

// explains is matches for a task whose future nobody has yet.
func (w *modelWill) explains(cause error) bool {
	var p *future.PanicError
	switch {
	case w.goexit:
		return errors.Is(cause, future.ErrGoexit)
	case w.panicked != nil:
		return errors.As(cause, &p) && p.Value == w.panicked
	}
	return w.err != nil && errors.Is(cause, w.err)
}

// matches reports whether v and err are the outcome of t, which ended so.
func (w *modelWill) matches(t *modelTask, v int, err error) bool {
	var p *future.PanicError
	switch {
	case w.goexit:
		return v == 0 && err == future.ErrGoexit
	case w.panicked != nil:
		return (v == 0 || w.late) && errors.As(err, &p) && error(p) == err && p.Value == w.panicked && len(p.Stack) > 0
	}
	return v == t.id && err == w.err
}

// mustEnd reports whether a lever that ends t at once was pulled.
func (m *model) mustEnd(t *modelTask) bool {
	if t.life().ctx.Err() != nil || t.aborted || m.levers.isStopped != 0 {
		return true
	}
	for g := t.group; g != nil; g = g.outer {
		if g.from.ctx.Err() != nil || g.fnErr != nil || g.cancelled {
			return true
		}
		if g.endedBy((*modelTask).hasFailed) {
			return true
		}
	}
	return false
}

// life returns the context that t lives as long as, beside its groups: a group owns what its
// members submit to it, or to one that shares a group with it, with their own contexts.
func (t *modelTask) life() *modelCtx {
	c := t.from
	for c.task != nil && t.group.meets(c.task.group) {
		if c.task.item || !t.group.within(c.task.group) {
			return modelBackground
		}
		c = c.task.from
	}
	return c
}

// within reports whether g is outer, or inside it.
func (g *modelGroup) within(outer *modelGroup) bool {
	for ; g != nil; g = g.outer {
		if g == outer {
			return true
		}
	}
	return false
}

// meets reports whether a group has the members of both.
func (g *modelGroup) meets(other *modelGroup) bool {
	for ; other != nil; other = other.outer {
		if g.within(other) {
			return true
		}
	}
	return false
}
