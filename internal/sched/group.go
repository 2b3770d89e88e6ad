package sched

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A Group is a set of tasks of one pool that ends together. Its fields are guarded by
// the pool's lock. Members of a group over a group are members of both.
//
//	Group ── outer ──▶ Group …
//	      ── pending, running    members, in order of submission
//	      ── stalled             of the pending ones: those that wait for room here, or for the rate
//	      ── inner, empty ──▶ groups over this one, those of maps too
type Group struct {
	pool     *Pool
	outer    *Group
	inner    queue.List[Group]  // those over this one with members, or with submitters that are blocked
	empty    queue.List[Group]  // the others, until they are over
	list     *queue.List[Group] // the one of these, in outer, that this one is in, or nil
	links    queue.Links[Group] // in that
	set      *Runners           // the map whose group it is, or nil
	maps     int                // how many of those inside are groups of maps
	bound    *taskctx.Bound     // the contexts that end members: its own, then those around it
	around   *taskctx.Bound     // of those, the first that is an outer group's or the pool's
	ctx      context.Context    // the caller's: its end lets a task go on from Wait before it has its slot back
	view     context.Context    // of Context
	cfg      options.Group
	rate     alarm.Rate[*Task]
	onEnd    func(error) // ends the context that a scope gives its function, and view
	why      error       // why it has ended: it takes no members, and cancels those that it has; nil: it has not
	pending  members
	running  members
	blocked  members       // members to be, whose submitters are blocked
	atWork   int           // members that run and do not lend, those of inner groups too
	queued   int           // of stalled: those that are not runners
	crowd    atomic.Uint64 // what runners of maps over g have to give way to, as Pool.wants
	stalled  queue.Ready[*Task]
	stalls   queue.Links[Group]    // in Pool.stalls: something is stalled
	returns  queue.Sorted[*worker] // of members that want back their slots, and wait for room here
	let      queue.Priorities      // of pending members that keep room here: they were let in, or wait further out
	left     int                   // members that have not settled, those of inner groups too
	entering int                   // of blocked, those of inner groups too
	errs     outcome.Errors        // of members
	count    Counts
	closed   bool          // Wait has ended it, or it had ended before
	idle     chan struct{} // closed when left is 0; made by Wait
	waits    []*Wait       // blocked
	unhook   func() bool
}

// NewGroup returns a group on ex for a caller with context ctx. The end of end, which
// comes from ctx or is ctx, cancels the members; onEnd, if not nil, is called with the
// reason when they are cancelled.
func NewGroup(ctx, end context.Context, ex Executor, cfg options.Group, onEnd func(error)) *Group {
	g := new(Group)
	g.init(ctx, end, ex, cfg, onEnd)
	hook := end
	if onEnd != nil && taskctx.Heard(ctx) { // or else that would take a goroutine
		hook = ctx
	}
	var unhook func() bool
	if hook.Done() != nil {
		unhook = context.AfterFunc(hook, func() { g.Cancel(context.Cause(hook)) })
	}
	g.pool.mu.Lock()
	g.unhook = unhook
	g.open()
	g.pool.unlock()
	return g
}

// init is NewGroup for a map: all members are submitted with end, or with contexts that come
// from it. So their scopes are told of its end, and the group need not be. The caller calls open.
func (g *Group) init(ctx, end context.Context, ex Executor, cfg options.Group, onEnd func(error)) {
	p, outer := ex.executor()
	*g = Group{pool: p, outer: outer, ctx: ctx, view: end, cfg: cfg, onEnd: onEnd}
	g.around = p.bound
	if outer != nil {
		g.around = outer.bound
	}
	g.bound = g.around
	g.stalled.Under(&p.ready)
	if r := cfg.Rate; r.Burst > 0 {
		g.rate.Set(r.PerSecond, r.Burst, func(*Task) { g.letSome() })
	}
	if end.Done() != nil {
		if onEnd != nil {
			// They end members at once: end is told of it only a moment later.
			g.bound = p.boundsAbove(ctx).Within(g.around)
		}
		if !taskctx.Heard(ctx) { // the same holds for ctx
			g.bound = taskctx.NewBound(ctx, g.bound)
		}
		g.bound = taskctx.NewBound(end, g.bound)
	}
}

// end says that g has ended because of reason, which ends its context.
func (g *Group) end(reason error) {
	g.why = reason
	if g.onEnd != nil {
		g.pool.effects.End(func() { g.onEnd(reason) })
	}
	g.relist()
}

// Pool returns the pool of the group.
func (g *Group) Pool() *Pool { return g.pool }

// Context returns the context that the members end with.
func (g *Group) Context() context.Context { return g.view }

// Submit takes t as a member, or settles it as one that never ran.
func (g *Group) Submit(ctx context.Context, t *Task) { g.pool.SubmitTo(ctx, t, g) }

// groupEnd returns the error of a member that never runs because g, or a group around it, has
// ended, or its context has; else nil.
func (p *Pool) groupEnd(g *Group) error {
	if ctx := g.endedContext(); ctx != nil {
		return p.contextError(ctx)
	}
	if why := g.refusal(); why != nil {
		return outcome.NeverRan(why)
	}
	return nil
}

// refusal returns why g, or a group around it, takes no member any more, nil if it does.
func (g *Group) refusal() error {
	for ; g != nil; g = g.outer {
		if g.closed {
			return ErrClosed
		}
		if g.why != nil {
			return g.why
		}
	}
	return nil
}

// over reports whether g, or a group around it, has ended.
func (g *Group) over() bool { return g.refusal() != nil || g.endedContext() != nil }

// endedContext returns the context of g, or of a group around it, that has ended, or nil: the
// groups may not have been told yet.
func (g *Group) endedContext() context.Context {
	for ; g != nil; g = g.outer {
		if g.why != nil {
			continue
		}
		if ctx := g.bound.EndedWithin(g.around); ctx != nil {
			return ctx
		}
	}
	return nil
}

// join makes the task of x, which is not pending in the pool yet, a member.
func (g *Group) join(x *Extra) {
	g.pending.Push(x)
	for h := g; h != nil; h = h.outer {
		if !x.ofMap() {
			h.count.Submitted++
		}
		h.left++
		h.relist()
	}
}

// emptied lets those go on that wait for a group that has no members left.
func (g *Group) emptied() {
	if g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
	for _, w := range g.waits {
		if w.alone() {
			g.pool.toReturns(w.worker)
		}
	}
}

func (g *Group) started(x *Extra) {
	g.pending.Remove(x)
	g.running.Push(x)
}

// leave takes a settled member off, and acts on its error.
func (g *Group) leave(t *Task, x *Extra, state outcome.State) {
	x.group = nil
	switch {
	case !x.taken:
		return
	case x.stage == started:
		g.running.Remove(x)
	default:
		g.pending.Remove(x)
	}
	ignored := false // a failure, by a group further in
	for h := g; h != nil; h = h.outer {
		h.left--
		h.relist()
		if x.ofMap() && !x.isRunner() && state != outcome.Cancelled {
			h.count.Submitted++ // an item of a map, which did not count while it was pending
		}
		h.count.outcome(t, x, state)
		if ignored = ignored || h.cfg.IgnoreErrors && state == outcome.Failed; !ignored {
			h.note(t, x, state)
		}
		if h.left == 0 {
			h.emptied()
		}
	}
}

// lend makes the tasks that wait for the group lend their slots: a new member is pending.
func (g *Group) lend() {
	for h := g; h != nil; h = h.outer {
		for _, w := range h.waits {
			switch {
			case !w.alive():
			case w.task.lent():
				w.worker.offReturns(w.task)
			default:
				h.pool.lend(w.task)
			}
		}
	}
}

// note keeps the error of a member that did not succeed. A failure cancels the others;
// a cancellation is not a failure. Errors of items are for their map to deliver, those of
// private members for their caller.
func (g *Group) note(t *Task, x *Extra, state outcome.State) {
	if state == outcome.Succeeded || x.private || x.ofMap() && &x.more.items.group != g || g.cfg.IgnoreErrors {
		return
	}
	if g.cfg.CollectErrors {
		g.errs.Collect(t.Order(), t.Err())
	} else if g.errs.Keep(t.Order(), t.Err(), state) {
		g.cancel(t.Err())
	}
}

// lost keeps the error of a task that was submitted to g and could not become a member:
// Wait must not report that all of the group's work was done.
func (g *Group) lost(t *Task, x *Extra) {
	for ; g != nil; g = g.outer {
		if !g.closed {
			g.note(t, x, outcome.Cancelled)
		}
	}
}

// Cancel settles the pending members and ends the contexts of the others. If a context has ended
// that ends the group, which may not have been told yet, that is the reason.
func (g *Group) Cancel(reason error) {
	if reason == nil {
		reason = context.Canceled
	}
	if g.ctx.Err() != nil {
		reason = context.Cause(g.ctx)
	} else if ctx := g.bound.EndedWithin(nil); ctx != nil {
		reason = context.Cause(ctx)
	}
	p := g.pool
	p.mu.Lock()
	g.cancel(reason)
	p.unlock()
}

func (g *Group) cancel(reason error) {
	if g.why != nil {
		return
	}
	var few [4]*Group
	groups := slices.AppendSeq(few[:0], g.all(true))
	endAll(groups, reason)
	cancelPending(groups, reason)
	cancelBlocked(groups, reason)
	for _, h := range groups {
		if h != g && h.set != nil {
			h.set.beginEnd(reason, reason)
		}
	}
}

// endAll ends groups, and the contexts of their running members. It comes before cancelPending: a
// running member that waits for a pending one may return as soon as that has settled, and what it has
// left behind ends because of reason all the same.
func endAll(groups []*Group, reason error) {
	for _, g := range groups {
		if g.why != nil {
			continue
		}
		g.end(reason)
		for x := range g.running.All() {
			g.pool.abortTask(x.node.Value, reason)
		}
	}
}

// cancelPending settles members in order of submission, whichever of the groups they are of: so a
// Then finds that its input has settled, and takes over that it has failed.
func cancelPending(groups []*Group, reason error) {
	var pending []*Task
	for _, g := range groups {
		for x := range g.pending.All() {
			pending = append(pending, x.node.Value)
		}
	}
	slices.SortFunc(pending, func(a, b *Task) int { return cmp.Compare(a.Order(), b.Order()) })
	for _, t := range pending {
		if t.Pending() { // else that of one before it, which has failed, has ended an outer group
			t.pool().cancel(t, outcome.NeverRan(reason))
		}
	}
}

// firstPending returns the first pending member of those for which c finds something to run.
func (g *Group) firstPending(c *chase) (first *Task) {
	for h := range g.all(false) {
		for x := range h.pending.All() {
			if c.over() {
				return first
			}
			if t := x.node.Value; c.finds(t) {
				if first == nil || t.Order() < first.Order() {
					first = t
				}
				break
			}
		}
	}
	return first
}
