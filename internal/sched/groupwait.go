package sched

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Wait blocks until no member is left, and closes the group.
func (g *Group) Wait() error {
	p := g.pool
	p.mu.Lock()
	for g.left > 0 {
		if g.idle == nil {
			g.idle = make(chan struct{})
		}
		idle := g.idle
		p.unlock()
		w := g.newWait(g.ctx)
		w.begin(Every)
		<-idle
		w.end(g.ctx)
		w.closeGroup()
		p.mu.Lock()
	}
	g.closed = true
	if p.entries.head != nil {
		p.cancelEntriesLocked(g, g.refusalLocked()) // they would have become members
		p.admitLocked()
	}
	if g.unhook != nil {
		p.after.stop(g.unhook)
		g.unhook = nil
	}
	err := g.errLocked()
	p.unlock()
	return err
}

func (g *Group) errLocked() error {
	if g.cfg.CollectErrors {
		slices.SortFunc(g.all, func(a, b memberError) int { return cmp.Compare(a.seq, b.seq) })
		errs := make([]error, len(g.all))
		for i, m := range g.all {
			errs[i] = m.err
		}
		return errors.Join(errs...)
	}
	if g.first != nil {
		return g.first
	}
	return g.lost
}

// newWait returns the wait of ctx's task for members of g; nil, which does
// nothing, if ctx is not of a task of g's pool.
func (g *Group) newWait(ctx context.Context) *Wait {
	c := from(ctx)
	if c == nil {
		return nil
	}
	t := c.task.Load()
	if t == nil || t.pool != g.pool {
		return nil
	}
	w := newWait()
	w.pool, w.task, w.ctx, w.group = t.pool, t, c, g
	g.pool.mu.Lock()
	defer g.pool.mu.Unlock()
	if !t.core().Entangle() {
		return nil
	}
	g.waits = append(g.waits, w)
	return w
}

// closeGroup forgets the group.
func (w *Wait) closeGroup() {
	if w == nil {
		return
	}
	g := w.group
	g.pool.mu.Lock()
	if i := slices.Index(g.waits, w); i >= 0 {
		g.waits = slices.Delete(g.waits, i, i+1)
	}
	g.pool.mu.Unlock()
}
