package sched

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/cell"
)

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
	over   bool // a single member has settled, or never will
	dead   bool // it never will: the wait is one of the task for itself

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
			t.pool.fetchLocked(t)
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
		p.offReturningLocked(t)
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
		p.toReturningLocked(w.task)
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
