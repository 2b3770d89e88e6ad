package sched

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
)

// Wait blocks until no member is left, and closes the group.
func (g *Group) Wait() error {
	p := g.pool
	doomed := false
	p.mu.Lock()
	for g.left > 0 {
		if g.idle == nil {
			g.idle = make(chan struct{})
		}
		idle := g.idle
		p.unlock()
		w := g.newWait()
		w.blockFor(idle, nil, func() {
			doomed = true
			g.Cancel(outcome.ErrDeadlock)
		})
		w.end(g.ctx.Done())
		p.mu.Lock()
	}
	g.closed = true
	if p.entries.Len() > 0 {
		cancelBlocked(slices.Collect(g.all(false)), g.refusal()) // they would have become members
	}
	if g.why == nil {
		g.why = outcome.ErrTaskEnded // onEnd is called below
	}
	g.relist()
	for h := range g.all(true) { // those over it have no members either
		if h.why == nil {
			h.end(ErrClosed)
		}
	}
	err, unhook, why := g.errs.Err(), g.unhook, g.why
	g.unhook = nil
	p.unlock()
	if unhook != nil { // before the context is ended: that would start a goroutine to cancel the group
		unhook()
	}
	if g.onEnd != nil { // the section that ends the group may not have done so yet
		if why == outcome.ErrTaskEnded && g.ctx.Err() != nil {
			why = context.Cause(g.ctx) // what comes from it may not have been told yet
		}
		g.onEnd(why)
	}
	if doomed {
		return outcome.ErrDeadlock
	}
	return err
}

// blockFor blocks until a or b is closed, or sends. If a member of the group waits for the task
// that waits here, blockFor calls stuck, which has to end that.
func (w *Wait) blockFor(a, b <-chan struct{}, stuck func()) {
	if w.begin(until{}, false) {
		stuck()
		w.begin(until{}, true)
		w.goOn()
	}
	for {
		select {
		case <-a:
			return
		case <-b:
			return
		case <-w.told():
			if w.verdict() != nil {
				stuck()
			}
		}
	}
}

// Failed returns the error that the first failure of a member has left, or nil.
func (g *Group) Failed() error {
	g.pool.mu.Lock()
	defer g.pool.mu.Unlock()
	_, err := g.errs.First()
	return err
}

// newWait returns the wait for the members, of the task that made the group. It returns
// nil, a wait that does nothing, if that is not a running task of the pool.
func (g *Group) newWait() *Wait {
	wk, c := workerOf(g.ctx)
	if wk == nil || wk.pool != g.pool {
		return nil
	}
	g.pool.mu.Lock()
	defer g.pool.mu.Unlock()
	w := wk.newWait(c)
	if w != nil {
		w.group = g
	}
	return w
}
