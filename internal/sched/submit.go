package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
)

// Submit takes t, or settles it as one that never ran. It blocks if the queue
// is full and the pool's way with that is to wait.
func (p *Pool) Submit(t *Task) { p.take(t, nil) }

// take submits t to p, as a member of g if that is not nil.
func (p *Pool) take(t *Task, g *Group) {
	t.pool = p
	t.ctx = lookedAt(t.ctx)
	ctx := t.ctx
	c, direct := p.ownContext(ctx)
	var done <-chan struct{}
	if !direct {
		done = ctx.Done()
	}
	var ended error
	if done != nil && ctx.Err() != nil {
		ended = cell.NeverRan(orCanceled(context.Cause(ctx)))
	}
	insider := direct || p.wantsInsider() && p.inside(ctx)

	p.mu.Lock()
	if g == nil && done == nil && !isOwn(ctx) && p.queuesLocked(t) {
		p.mu.Unlock() // nothing that unlock looks after has changed
		return
	}
	if direct {
		p.askAboveLocked(c) // gives the lock up for a moment
	}
	if !insider && p.wantsInsider() {
		// The phase may have changed since it was looked at; asking a context is not for here.
		p.mu.Unlock()
		insider = p.inside(ctx)
		p.mu.Lock()
	}
	e, theEnd := p.takeLocked(t, g, done, ended, insider)
	p.unlock()
	if e != nil {
		p.waitForPlace(ctx, e)
	}
	if theEnd && Await(ctx, t.core()) == cell.ErrDeadlock {
		p.mu.Lock()
		if t.pendingLocked() {
			p.cancelLocked(t, cell.NeverRan(cell.ErrDeadlock))
		}
		p.unlock()
	}
}

// takeLocked is the instant of submission. It returns what the submitter has to
// wait for, see overflowLocked.
func (p *Pool) takeLocked(t *Task, g *Group, done <-chan struct{}, ended error, insider bool) (e *entry, theEnd bool) {
	if why := p.refusalLocked(insider); why != nil {
		p.refuseLocked(t, g, why)
		return nil, false
	}
	if t.weight() > p.cfg.MaxWeight && p.weights != nil {
		p.refuseLocked(t, g, ErrTooHeavy)
		return nil, false
	}
	p.seq++
	t.seq = p.seq
	if done == nil && isOwn(t.ctx) && !p.dependLocked(t, nil) {
		ended = p.lapsedErrorLocked(t.ctx)
	}
	if ended == nil && done != nil && isClosed(done) {
		ended = p.lapsedErrorLocked(t.ctx) // since it was looked at
	}
	if ended != nil {
		p.countLocked(t)
		p.cancelLocked(t, ended)
		g.lostLocked(t)
		return nil, false
	}
	if g != nil && !p.joinLocked(t, g) {
		return nil, false
	}
	switch {
	case t.more != nil && t.more.input.Load() != nil:
		p.countLocked(t)
		p.deferLocked(t)
	case t.unplaced:
		p.enqueueLocked(t)
		p.admitLocked()
	case t.more == nil && p.plain:
		p.takePlainLocked(t)
	case p.cfg.Queue == options.Unbounded:
		p.countLocked(t)
		p.enqueueLocked(t)
		p.admitLocked()
	case p.entries.head == nil && p.placeLocked(t):
		p.countLocked(t)
		p.admitLocked()
	default:
		e, theEnd = p.overflowLocked(t, g, done, insider)
	}
	if t.pendingLocked() && (done != nil || g != nil) {
		p.keepLocked(t, g, done)
	}
	return e, theEnd
}

// queuesLocked queues a plain task whose context never ends, if all slots are held. It
// is what the lines after it do in the case that makes up a burst.
func (p *Pool) queuesLocked(t *Task) bool {
	if t.more != nil || !p.plain || p.busy < p.slots || p.phase.Load() != open {
		return false
	}
	p.seq++
	t.seq = p.seq
	p.takePlainLocked(t)
	return true
}

// takePlainLocked takes a task without options, in a pool that bounds nothing but
// its slots. It is what the lines after it do, without the detours.
func (p *Pool) takePlainLocked(t *Task) {
	p.count.submitted++
	switch {
	case p.busy >= p.slots:
		t.status = queued
		p.queued++
		p.queue.fifo.push(t)
		if plain := wanting(0); p.wants.Load() < plain {
			p.wants.Store(plain)
		}
	case p.queue.len() == 0 && len(p.returning) == 0 && p.hold == 0:
		p.startLocked(t)
	default:
		p.enqueueLocked(t)
		p.admitLocked()
	}
}

// keepLocked sees to a task that has become pending.
func (p *Pool) keepLocked(t *Task, g *Group, done <-chan struct{}) {
	if t.watch == nil && !p.dependLocked(t, done) {
		p.cancelLocked(t, p.lapsedErrorLocked(t.ctx)) // in the meantime
		return
	}
	g.lendLocked()
}

func isOwn(ctx context.Context) bool {
	_, ok := ctx.(*Ctx)
	return ok
}

// countLocked counts a task that was taken.
func (p *Pool) countLocked(t *Task) {
	if !t.isHand() {
		p.count.submitted++
	}
}

// wantsInsider reports whether it matters that a task is submitted by another.
func (p *Pool) wantsInsider() bool {
	return p.phase.Load() == closing || p.cfg.Queue != options.Unbounded
}

// inside reports whether ctx comes from a task of p that still runs.
func (p *Pool) inside(ctx context.Context) bool {
	for c := from(ctx); c != nil; c = from(c.parent) {
		if t := c.task.Load(); t != nil && t.pool == p {
			return true
		}
	}
	return false
}

// refusalLocked returns why the pool takes no task, nil if it does.
func (p *Pool) refusalLocked(insider bool) error {
	if p.phase.Load() == open || p.phase.Load() == closing && insider {
		return nil
	}
	return p.err
}

// refuseLocked turns t away.
func (p *Pool) refuseLocked(t *Task, g *Group, why error) {
	if !t.isHand() {
		p.count.refused++
	}
	p.unwatchLocked(t)
	p.neverRanLocked(t, cell.Cancelled, cell.NeverRan(why))
	g.lostLocked(t)
}
