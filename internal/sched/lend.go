package sched

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/cell"
)

// # Lending
//
// A task that blocks for tasks of its own pool gives its slot away while it
// waits. By that no wait can deadlock the pool: a task that is blocked either
// lends its slot, or waits for tasks that all hold one, and follow that chain
// and there is one that runs.
//
//	holds its slot  --begins a wait for a pending or lending member-->  lends
//	holds its slot  --a member it waits for begins to lend---------->  lends
//	lends           --its wait is over: claims, and a slot is free-->  holds one
//
// A claim comes before the queue. It is made by the one who settles the last
// member, in the same locked section, so that the slot of the member goes to
// the waiter directly. A wait that its context ended returns with the claim
// unmet: the task then runs on a debt, is still counted as lending, and the
// claim is met when a slot comes free.
//
// If several goroutines of a task wait, the slot stays lent until the last of
// them is through. With the slot go the task's weight and its places in groups.

// A Wait is one blocked wait of a running task for tasks of its pool. Its
// fields are guarded by the pool's lock.
type Wait struct {
	ch     chan bool   // to the goroutine that waits, see pokeLocked; one place
	node   cell.Waiter // its registration, where it is not for a task that waits
	pool   *Pool
	task   *Task
	ctx    *Ctx
	next   *Wait // another wait of the same task
	one    link  // its member, if it is one
	links  []link
	cur    int    // the links before it have started
	left   int    // members that have not settled
	group  *Group // or: the members of a group
	always bool   // or: none; it lends whoever runs
	until  Until
	active bool // the goroutine is blocked in it
	over   bool // a single member has settled

	watch        *watch // the end of its context pokes it
	wnext, wprev *Wait
}

// A link makes a wait known to one of its members.
type link struct {
	wait       *Wait
	on         *Task
	next, prev *link
}

func (l *link) attachLocked(w *Wait, on *Task) {
	l.wait, l.on = w, on
	l.next = on.links
	if l.next != nil {
		l.next.prev = l
	}
	on.links = l
}

func (l *link) detachLocked() {
	if l.on == nil {
		return
	}
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		l.on.links = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	}
	l.on, l.next, l.prev = nil, nil, nil
}

func newWait() *Wait { return &Wait{ch: make(chan bool, 1)} }

// pokeLocked has the goroutine of the wait look again. With free it is told that
// nobody refers to the wait any more, and that is the last the caller may do with
// it.
func (w *Wait) pokeLocked(free bool) {
	select {
	case w.ch <- free:
	default: // it will look anyway
	}
}

// membersLocked makes those of cores that are tasks of the pool the members. It
// reports whether there are any that have not settled.
func (w *Wait) membersLocked(cores []*cell.Core) bool {
	tasks := make([]*Task, 0, len(cores))
	for _, core := range cores {
		if t, ok := core.Owner().(*Task); ok && t.pool == w.pool && core.Entangle() {
			tasks = append(tasks, t)
		}
	}
	slices.SortFunc(tasks, func(a, b *Task) int { return int(int64(a.seq - b.seq)) })
	w.links = make([]link, len(tasks))
	for i, t := range tasks {
		w.links[i].attachLocked(w, t)
	}
	w.left = len(tasks)
	return w.left > 0
}

// beginLocked says that the task blocks now, and lends its slot if the rule says
// so.
func (w *Wait) beginLocked() {
	p, t := w.pool, w.task
	w.active = true
	w.next, w.ctx.waits = w.ctx.waits, w
	switch {
	case t.lent:
		p.unclaimLocked(t)
		p.offerLocked(w)
		p.admitLocked()
	case w.blockedLocked():
		p.lendLocked(t)
	}
}

// leaveLocked takes the wait off its task's list.
func (w *Wait) leaveLocked() {
	w.active = false
	for at := &w.ctx.waits; *at != nil; at = &(*at).next {
		if *at == w {
			*at = w.next
			break
		}
	}
	w.next = nil
}

// aloneLocked reports whether w is all that its task is blocked in: as long as
// another of its goroutines waits, the slot stays lent.
func (w *Wait) aloneLocked() bool { return w.ctx.waits == w && w.next == nil }

// owesLocked reports whether the task has to take a slot back before it goes on
// from a wait it has left.
func (w *Wait) owesLocked() bool { return w.task.lent && w.task.activeLocked() && w.ctx.waits == nil }

// begin says that the task blocks now. A nil wait does nothing.
func (w *Wait) begin(until Until) {
	if w == nil {
		return
	}
	p := w.pool
	p.mu.Lock()
	if w.task.activeLocked() { // or else it is a goroutine that outlived its task
		w.until = until
		w.beginLocked()
	}
	p.unlock()
}

// end says that the task goes on, and takes a slot back. If ctx ends first it
// returns without, and the debt is settled later.
func (w *Wait) end(ctx context.Context) {
	if w == nil {
		return
	}
	p := w.pool
	p.mu.Lock()
	if !w.active {
		p.unlock()
		return
	}
	w.leaveLocked()
	if w.owesLocked() {
		p.claimLocked(w.task)
		p.admitLocked()
	}
	owes := w.owesLocked()
	if owes {
		w.ctx.grant = w
		select {
		case <-w.ch: // of an earlier debt
		default:
		}
	}
	p.unlock()
	if !owes {
		return
	}
	select {
	case <-w.ch:
	case <-ctx.Done():
		p.mu.Lock()
		if w.ctx.grant == w {
			w.ctx.grant = nil
		}
		p.mu.Unlock()
	}
}

// close forgets the members.
func (w *Wait) close() {
	if w == nil {
		return
	}
	w.pool.mu.Lock()
	w.one.detachLocked()
	for i := range w.links {
		w.links[i].detachLocked()
	}
	w.pool.mu.Unlock()
}

// blockedLocked reports whether a member is pending or lends.
func (w *Wait) blockedLocked() bool { return w.always || w.firstLocked() != nil }

// firstLocked returns the first member that is pending, or else one that lends.
func (w *Wait) firstLocked() *Task {
	if w.group != nil {
		return w.group.firstLocked()
	}
	if t := w.one.on; t != nil && (t.pendingLocked() || t.lent) {
		return t
	}
	for ; w.cur < len(w.links); w.cur++ {
		if t := w.links[w.cur].on; t != nil && t.pendingLocked() {
			return t
		}
	}
	if w.pool.lending == 0 {
		return nil
	}
	for i := range w.links {
		if t := w.links[i].on; t != nil && t.lent {
			return t
		}
	}
	return nil
}

// lendLocked frees the slot of t, and of those who waited for t with theirs in
// hand; members get them first, then the queue.
func (p *Pool) lendLocked(t *Task) {
	p.lendOneLocked(t)
	var others []*Task
	for at := t; at != nil; {
		keeps := func(w *Wait) {
			if k := w.task; w.active && !k.lent && k.activeLocked() {
				p.lendOneLocked(k)
				others = append(others, k)
			}
		}
		for l := at.links; l != nil; l = l.next {
			keeps(l.wait)
		}
		for g := at.group(); g != nil; g = g.outer {
			for _, w := range g.waits {
				keeps(w)
			}
		}
		p.offerWaitsLocked(at)
		at = nil
		if n := len(others); n > 0 {
			at, others = others[n-1], others[:n-1]
		}
	}
	p.admitLocked()
}

func (p *Pool) lendOneLocked(t *Task) {
	p.haltLocked(t)
	t.lent = true
	p.lending++
}

// offerWaitsLocked offers a slot to what t waits for.
func (p *Pool) offerWaitsLocked(t *Task) {
	for w := t.run.Load().waits; w != nil; w = w.next {
		p.offerLocked(w)
	}
}

// offerLocked gives a free slot to the first pending member of w, or to what
// has to run before it.
func (p *Pool) offerLocked(w *Wait) {
	for w.active && p.busy < p.slots && p.hold == 0 && p.phase.Load() != stopped {
		t := p.runnableLocked(w)
		if t == nil {
			return
		}
		if !t.lapsedLocked() {
			p.tryStartLocked(t)
			return
		}
		p.lapseLocked(t)
	}
}

// offerAllLocked offers a slot that has come free to the waits whose member it
// was.
func (p *Pool) offerAllLocked() {
	for i := 0; i < len(p.offers); i++ {
		p.offerLocked(p.offers[i])
	}
	clear(p.offers)
	p.offers = p.offers[:0]
}

// maxChase bounds the search for what has to run before a member: it is a
// matter of order only, the queue gets everywhere in the end.
const maxChase = 64

// runnableLocked returns the queued task that w waits for, through others if
// need be.
func (p *Pool) runnableLocked(w *Wait) *Task {
	t := w.firstLocked()
	for range maxChase {
		switch {
		case t == nil || t.pool != p:
			return nil
		case t.waitsLocked():
			t = p.turnOf(t)
		case t.status == queued:
			return t
		case t.status == deferred:
			t = t.inputTask()
		case t.lent && t.run.Load().waits != nil:
			t = t.run.Load().waits.firstLocked()
		default:
			return nil
		}
	}
	return nil
}

// satisfyLocked tells the waits for t, which has settled, and claims slots for
// those that are over. The others are noted in Pool.offers.
func (p *Pool) satisfyLocked(t *Task, state cell.State) {
	for t.links != nil {
		w := t.links.wait
		t.links.detachLocked()
		w.left--
		switch {
		case !w.active:
		case w.left > 0 && !w.until.hits(state):
			if w.task.lent {
				p.offers = append(p.offers, w)
			}
		case w.until == Single:
			w.finishLocked()
		case w.aloneLocked():
			p.claimLocked(w.task)
		}
	}
}

// finishLocked takes a wait for one task apart and lets its goroutine go on: at
// once, or when its task has a slot again.
func (w *Wait) finishLocked() {
	w.over = true
	w.leaveLocked()
	if !w.owesLocked() {
		w.unwatchLocked()
		w.pokeLocked(true)
		return
	}
	w.ctx.grant = w
	w.pool.claimLocked(w.task)
}

// claimLocked puts t, which lends, in line for a slot.
func (p *Pool) claimLocked(t *Task) {
	if t.lent && !t.claims {
		t.claims = true
		p.returning = append(p.returning, t)
	}
}

// unclaimLocked takes t out of the line and lets those go on who wait there.
func (p *Pool) unclaimLocked(t *Task) {
	if t.claims {
		t.claims = false
		i := slices.Index(p.returning, t)
		p.returning = slices.Delete(p.returning, i, i+1)
	}
	if c := t.run.Load(); c != nil && c.grant != nil {
		w := c.grant
		c.grant = nil
		w.unwatchLocked()
		w.pokeLocked(w.until == Single)
	}
}

// nextReturnLocked returns the first task that waits for its slot and whose
// groups have room.
func (p *Pool) nextReturnLocked() *Task {
	for _, t := range p.returning {
		if t.fullGroupLocked() == nil {
			return t
		}
	}
	return nil
}

// resumeLocked gives t a free slot back. Its weight has been taken.
func (p *Pool) resumeLocked(t *Task) {
	p.lending--
	t.lent = false
	if t.beyond {
		p.beyond++
	} else {
		p.busy++
	}
	t.group().enterLocked()
	p.unclaimLocked(t)
}
