package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/cell"
)

// A watch is what in the pool depends on the end of one context: the pending
// tasks that were submitted with it, the waits that are blocked with it, and the
// contexts of running tasks below it that have a watch themselves.
//
// There are two kinds. A watch on a context of anybody's is registered there with
// context.AfterFunc, once for all that depends on it, and taken off when nothing
// does. A watch on the context of one of the pool's own running tasks needs no
// registration and no real context: the pool knows when a task ends or is
// aborted, and whatever is above it is found by way of up. So nested tasks, which
// submit and wait with their own context, make none.
type watch struct {
	pool  *Pool
	tasks []*Task // pending
	waits *Wait   // blocked, linked by Wait.wnext
	kids  *watch  // of contexts below, linked by knext
	err   *cell.Lapsed
	fired bool // the context has ended

	// The first kind.
	ctx  context.Context
	done <-chan struct{}
	off  func() bool // takes the registration back; nil until it is there
	dead bool        // nothing depends on it any more

	// The second kind.
	own          *Ctx
	up           *watch // on the context above; nil if that cannot end
	root         *watch // the first kind, at the top; nil if there is none
	knext, kprev *watch
}

// ownContext reports whether ctx is that of a task of p, and ends only when the
// pool says so. One with a deadline of its own is watched like any other.
func (p *Pool) ownContext(ctx context.Context) (*Ctx, bool) {
	c, ok := ctx.(*Ctx)
	if !ok {
		return nil, false
	}
	if r := c.real.Load(); r != nil && r.limited {
		return c, false
	}
	t := c.task.Load()
	return c, t != nil && t.pool == p
}

// askAboveLocked asks the context at the top of c's chain for what watchLocked
// wants to know of it; for that it gives the lock up for a moment.
func (p *Pool) askAboveLocked(c *Ctx) {
	for c.watch == nil {
		if !c.asked {
			p.unlock()
			done := c.parent.Done()
			p.mu.Lock()
			c.asked, c.done = true, done
			return
		}
		up, own := c.parent.(*Ctx)
		if !own {
			return
		}
		c = up
	}
}

// watchLocked returns the watch on ctx, whose Done channel is done; nil if it
// never ends. It reports false if ctx has ended.
func (p *Pool) watchLocked(ctx context.Context, done <-chan struct{}) (w *watch, alive bool) {
	if c, ok := ctx.(*Ctx); ok && done == nil {
		return p.watchOwnLocked(c)
	}
	if done == nil {
		return nil, true
	}
	if isClosed(done) {
		return nil, false
	}
	if w := p.recent; w != nil && w.done == done {
		return w, true
	}
	w = p.watches[done]
	if w == nil {
		w = &watch{pool: p, ctx: ctx, done: done}
		w.root = w
		if p.watches == nil {
			p.watches = make(map[<-chan struct{}]*watch)
		}
		p.watches[done] = w
		p.after.arm(w)
	}
	p.recent = w
	return w, true
}

func (p *Pool) watchOwnLocked(c *Ctx) (w *watch, alive bool) {
	if w := c.watch; w != nil {
		return w, !w.endedLocked()
	}
	t := c.task.Load()
	if t == nil || !t.core().Entangle() {
		return nil, false
	}
	if c.overLocked() {
		return nil, false
	}
	up, alive := p.watchLocked(c.parent, c.done)
	if !alive {
		return nil, false
	}
	w = p.spare.watch()
	w.pool, w.own, w.up = p, c, up
	c.watch = w
	if up != nil {
		w.root = up.root
		if w.knext = up.kids; w.knext != nil {
			w.knext.kprev = w
		}
		up.kids = w
	}
	return w, true
}

func (w *watch) endedLocked() bool {
	return w.fired || w.root != nil && isClosed(w.root.done)
}

// dependLocked makes the end of ctx settle t, which is pending. It reports false
// if ctx has ended.
func (p *Pool) dependLocked(t *Task, done <-chan struct{}) bool {
	w, alive := p.watchLocked(t.ctx, done)
	if !alive {
		return false
	}
	if w != nil {
		t.watch, t.watchIndex = w, int32(len(w.tasks))
		w.tasks = append(w.tasks, t)
	}
	return true
}

// unwatchLocked takes a task that is no longer pending off its watch.
func (p *Pool) unwatchLocked(t *Task) {
	w := t.watch
	if w == nil {
		return
	}
	last := len(w.tasks) - 1
	moved := w.tasks[last]
	w.tasks[t.watchIndex], moved.watchIndex = moved, t.watchIndex
	w.tasks[last] = nil
	w.tasks = w.tasks[:last]
	t.watch = nil
	w.restLocked()
}

// restLocked takes a watch of the first kind off its context if nothing depends
// on it.
func (w *watch) restLocked() {
	if w.own != nil || w.dead || len(w.tasks) > 0 || w.waits != nil || w.kids != nil {
		return
	}
	p := w.pool
	w.dead = true
	delete(p.watches, w.done)
	if p.recent == w {
		p.recent = nil
	}
	if w.off != nil {
		p.after.stop(w.off)
	}
}

// arm registers the watch on its context. It runs outside the lock: the
// context may be of the user's making.
func (w *watch) arm() {
	off := context.AfterFunc(w.ctx, w.fire)
	w.pool.mu.Lock()
	dead := w.dead
	if !dead {
		w.off = off
	}
	w.pool.mu.Unlock()
	if dead {
		off()
	}
}

// fire is called when the context of a watch of the first kind has ended.
func (w *watch) fire() {
	p := w.pool
	p.mu.Lock()
	p.hold++
	w.fireLocked()
	p.hold--
	w.restLocked()
	p.admitLocked()
	p.unlock()
}

// fireLocked tells all that depends on the watch.
func (w *watch) fireLocked() {
	w.fired = true
	for len(w.tasks) > 0 {
		w.pool.lapseLocked(w.tasks[len(w.tasks)-1])
	}
	for wait := w.waits; wait != nil; wait = wait.wnext {
		wait.pokeLocked(false)
	}
	for kid := w.kids; kid != nil; kid = kid.knext {
		if !kid.fired {
			kid.fireLocked()
		}
	}
}

// endWatchLocked ends the watch on the context of a task that has ended.
func (p *Pool) endWatchLocked(c *Ctx) {
	w := c.watch
	if w == nil {
		return
	}
	c.watch = nil
	p.hold++
	w.fireLocked()
	p.hold--
	for kid := w.kids; kid != nil; {
		next := kid.knext
		kid.up, kid.knext, kid.kprev = nil, nil, nil
		kid = next
	}
	if up := w.up; up != nil {
		if w.kprev != nil {
			w.kprev.knext = w.knext
		} else {
			up.kids = w.knext
		}
		if w.knext != nil {
			w.knext.kprev = w.kprev
		}
		up.restLocked()
	}
	if w.waits == nil {
		p.spare.putWatch(w)
	}
}

// lapsedLocked reports whether the context of a pending task has ended. It
// looks at the channel: asking the context would run code of the user's.
func (t *Task) lapsedLocked() bool { return t.watch != nil && t.watch.endedLocked() }

// lapseLocked settles a pending task whose context has ended.
func (p *Pool) lapseLocked(t *Task) {
	w := t.watch
	if w.err == nil {
		w.err = p.lapsedErrorLocked(t.ctx)
	}
	p.cancelLocked(t, w.err)
}

// lapsedErrorLocked returns the error of tasks that never ran because ctx has
// ended. Its cause is asked for when the lock is free.
func (p *Pool) lapsedErrorLocked(ctx context.Context) *cell.Lapsed {
	e := cell.NewLapsed(func() error {
		if c, ok := ctx.(*Ctx); ok {
			c.catchUp()
		}
		return context.Cause(ctx)
	})
	p.after.resolve(e)
	return e
}

// Look settles t if it is pending and its context has ended, and marks its cell as
// running if t is. It implements cell.Owner.
func (t *Task) Look() {
	p := t.pool
	p.mu.Lock()
	p.fetchLocked(t)
	switch {
	case t.status == running:
		t.core().Begin()
	case t.pendingLocked() && t.lapsedLocked():
		p.lapseLocked(t)
	}
	p.unlock()
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
