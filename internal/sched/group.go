package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
)

// A Group is a set of tasks of one pool that ends together. Its fields are
// guarded by the pool's lock. Members of a group over a group are members of
// both.
type Group struct {
	pool    *Pool
	outer   *Group
	inner   map[*Group]struct{} // those with members
	bound   context.Context     // its end cancels the members
	done    <-chan struct{}     // of bound
	ctx     context.Context     // the caller's: its end lets a task go on from Wait before it has its slot back
	cfg     options.Group
	onEnd   func(error) // ends the context a scope hands out
	crews   map[*Crew]struct{}
	pending members
	running members
	at      int   // members that run and do not lend, those of inner groups too
	stalled heap  // tasks that wait for room, see limit.go
	left    int   // members that have not settled, those of inner groups too
	ended   error // why members are cancelled and new ones never run
	first   error
	lost    error // of the first member that never ran
	all     []memberError
	closed  bool
	idle    chan struct{} // closed when left is 0; made by Wait
	waits   []*Wait
	unhook  func() bool
}

type memberError struct {
	seq uint64
	err error
}

// members is a list of tasks in order of submission.
type members struct{ head, tail *Task }

func (l *members) push(t *Task) {
	m := t.more
	m.members, m.gprev, m.gnext = l, l.tail, nil
	if l.tail != nil {
		l.tail.more.gnext = t
	} else {
		l.head = t
	}
	l.tail = t
}

func (l *members) remove(t *Task) {
	m := t.more
	if m.gprev != nil {
		m.gprev.more.gnext = m.gnext
	} else {
		l.head = m.gnext
	}
	if m.gnext != nil {
		m.gnext.more.gprev = m.gprev
	} else {
		l.tail = m.gprev
	}
	m.members, m.gprev, m.gnext = nil, nil, nil
}

// NewGroup returns a group on p, inside of outer if that is not nil, for a
// caller with context ctx. The end of members, which comes from ctx or is ctx,
// cancels the members; onEnd, if not nil, is called with the reason when they
// are cancelled.
func NewGroup(ctx, members context.Context, p *Pool, outer *Group, cfg options.Group, onEnd func(error)) *Group {
	g := &Group{pool: p, outer: outer, bound: members, done: members.Done(), ctx: ctx, cfg: cfg, onEnd: onEnd}
	if g.done != nil {
		unhook := context.AfterFunc(members, func() { g.Cancel(context.Cause(members)) })
		p.mu.Lock()
		g.unhook = unhook
		p.mu.Unlock()
	}
	return g
}

// Pool returns the pool of the group.
func (g *Group) Pool() *Pool { return g.pool }

// Submit takes t as a member, or settles it as one that never ran.
func (g *Group) Submit(t *Task) { g.pool.take(t, g) }

// refusalLocked returns why a new member never runs. A nil group takes all.
func (g *Group) refusalLocked() error {
	for ; g != nil; g = g.outer {
		if g.closed {
			return ErrClosed
		}
		if g.ended != nil {
			return g.ended
		}
	}
	return nil
}

// joinLocked makes t, which is not pending yet, a member of g.
// If g takes no more, t is settled and the result is false.
func (p *Pool) joinLocked(t *Task, g *Group) bool {
	err := p.groupEndLocked(g)
	if err == nil {
		if why := g.refusalLocked(); why != nil {
			err = cell.NeverRan(why)
		}
	}
	if err != nil {
		p.countLocked(t)
		p.cancelLocked(t, err)
		g.lostLocked(t)
		return false
	}
	t.more.group = g
	g.pending.push(t)
	for h := g; h != nil; h = h.outer {
		h.left++
		if h.left == 1 && h.outer != nil {
			if h.outer.inner == nil {
				h.outer.inner = make(map[*Group]struct{})
			}
			h.outer.inner[h] = struct{}{}
		}
	}
	return true
}

// groupEndLocked returns the error of tasks that do not run because the context
// of g, or of a group around it, has ended: the groups may not have been told yet.
func (p *Pool) groupEndLocked(g *Group) error {
	for ; g != nil; g = g.outer {
		if g.ended == nil && !g.closed && g.done != nil && isClosed(g.done) {
			return p.lapsedErrorLocked(g.bound)
		}
	}
	return nil
}

// unjoinLocked is the opposite of joinLocked, for a task that found no place. g
// may be nil.
func (g *Group) unjoinLocked(t *Task) {
	if g != nil {
		g.removeLocked(t)
		g.leftLocked()
	}
}

func (g *Group) removeLocked(t *Task) {
	t.more.members.remove(t)
	t.more.group = nil
	for h := g; h != nil; h = h.outer {
		h.left--
		if h.left == 0 && h.outer != nil {
			delete(h.outer.inner, h)
		}
	}
}

// leftLocked lets those go on who wait for a group that has no members left.
func (g *Group) leftLocked() {
	for h := g; h != nil; h = h.outer {
		if h.left > 0 {
			continue
		}
		if h.idle != nil {
			close(h.idle)
			h.idle = nil
		}
		for _, w := range h.waits {
			if w.active && w.aloneLocked() {
				h.pool.toReturningLocked(w.task)
			}
		}
	}
}

func (g *Group) startedLocked(t *Task) {
	g.pending.remove(t)
	g.running.push(t)
	g.enterLocked()
}

// leaveLocked takes a settled member off, and acts on its error.
func (g *Group) leaveLocked(t *Task, state cell.State) {
	g.removeLocked(t)
	for h := g; h != nil; h = h.outer {
		h.noteLocked(t, state)
		for _, w := range h.waits {
			if w.active && w.task.lent && h.left > 0 {
				h.pool.offers = append(h.pool.offers, w)
			}
		}
	}
	g.leftLocked()
}

// lendLocked has those who wait for the group with a slot in hand lend it: a
// new member is pending.
func (g *Group) lendLocked() {
	for h := g; h != nil; h = h.outer {
		for _, w := range h.waits {
			switch t := w.task; {
			case !w.active || !t.activeLocked():
			case t.lent:
				h.pool.offReturningLocked(t)
			default:
				h.pool.lendLocked(t)
			}
		}
	}
	if g != nil {
		g.pool.admitLocked()
	}
}

// noteLocked keeps the error of a member that did not succeed. A failure
// cancels the others; a cancellation is not a failure. Hands have no errors of
// their own: those of their items are for the map to deliver.
func (g *Group) noteLocked(t *Task, state cell.State) {
	if state == cell.Succeeded || t.isHand() {
		return
	}
	err := t.core().Err()
	if g.cfg.CollectErrors {
		g.all = append(g.all, memberError{t.seq, err})
		return
	}
	if state == cell.Cancelled {
		if g.lost == nil {
			g.lost = err
		}
		return
	}
	if g.first == nil {
		g.first = err
		g.cancelLocked(err)
	}
}

// lostLocked keeps the error of a task that was submitted to g and could not
// become a member: who waits for the group must not take it for done.
func (g *Group) lostLocked(t *Task) {
	for ; g != nil; g = g.outer {
		if !g.closed {
			g.noteLocked(t, cell.Cancelled)
		}
	}
}

// Cancel settles the pending members and ends the contexts of the others.
func (g *Group) Cancel(reason error) {
	p := g.pool
	p.mu.Lock()
	g.cancelLocked(orCanceled(reason))
	p.admitLocked()
	p.drainLocked()
	p.unlock()
}

func (g *Group) cancelLocked(reason error) {
	if g.ended != nil || g.closed {
		return
	}
	p := g.pool
	g.ended = reason
	p.hold++
	for g.pending.head != nil {
		p.cancelLocked(g.pending.head, cell.NeverRan(reason))
	}
	for h := range g.inner {
		h.cancelLocked(reason)
	}
	p.hold--
	for t := g.running.head; t != nil; t = t.more.gnext {
		p.endRunningLocked(t, reason)
	}
	for crew := range g.crews {
		p.after.end(crew.refuseFor, reason)
	}
	p.cancelEntriesLocked(g, reason)
	if g.onEnd != nil {
		p.after.end(g.onEnd, reason)
	}
}

// endRunningLocked ends the context of a running task.
func (p *Pool) endRunningLocked(t *Task, cause error) {
	if t.isHand() {
		p.after.end(t.more.hand.crew.abort, cause)
	}
	if c := t.contextLocked(); c != nil {
		p.after.abort(c, cause)
	}
}

// firstLocked returns the first member that is pending, or else one that lends.
func (g *Group) firstLocked() *Task {
	first := g.pending.head
	for h := range g.inner {
		if t := h.firstLocked(); t != nil && t.pendingLocked() && (first == nil || t.seq < first.seq) {
			first = t
		}
	}
	if first != nil || g.pool.lending == 0 {
		return first
	}
	return g.lenderLocked()
}

func (g *Group) lenderLocked() *Task {
	for t := g.running.head; t != nil; t = t.more.gnext {
		if t.lent {
			return t
		}
	}
	for h := range g.inner {
		if t := h.lenderLocked(); t != nil {
			return t
		}
	}
	return nil
}
