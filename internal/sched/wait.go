package sched

import (
	"context"
	"iter"
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A Wait is one blocked wait. Outside of tasks it is a channel and a registration. Inside of
// a running task it is bound to that (pool, task, worker, item), and guarded by the pool's
// lock. What it waits for:
//
//	Await                   on; scope, if nothing but the pool ends its context
//	  of another pool's     the same and foreign, without a registration
//	several at once         several; always, if one of them runs elsewhere
//	Group.Wait, a map       group
//	Outside                 always
//	a Join that goes on     always, and on, without a registration; foreign, if that is another pool's
//
// A Wait that has no task and waits for nothing is a grant: it is told when a task has its
// slot back.
type Wait struct {
	node   outcome.Waiter // its registration, if it waits for one task
	ch     chan bool      // to the goroutine that waits, see poke; its capacity is 1
	task   *Task
	worker *worker // that runs the task
	item   *taskctx.Item
	next   *Wait  // another wait of the same task
	at     **Wait // what points to this one in that list; nil: the goroutine is not blocked in it, or outlives the task

	on      *Task    // what it waits for, if that is one task; nil: it has settled, or never will
	several *several // or those of a set
	group   *Group   // or the members of a group
	always  bool     // or something outside the pool: the slot goes to any pending task
	foreign bool     // it waits for a task of another pool, and keeps its slot unless it is always
	over    bool     // a member has ended it, maybe just before it began; or none ever will. See ending
	dead    bool     // it would never end: the task waits for itself

	until until             // at the latest
	scope *scope            // whose end pokes it, if nothing but the pool ends its context
	links queue.Links[Wait] // in waits of scope
}

func newWait() *Wait {
	return &Wait{ch: make(chan bool, 1)}
}

// Fire implements outcome.Target, for waits outside of tasks.
func (w *Wait) Fire(*outcome.Waiter) { w.ch <- true }

// bindTo makes w a wait of the task whose context c is, which wk runs.
func (w *Wait) bindTo(c *taskctx.Item, wk *worker) {
	w.task, w.worker, w.item = wk.task, wk, c
}

// newWait returns a wait of the task whose context c is, nil if wk has another task by now. The caller
// holds the lock.
func (wk *worker) newWait(c *taskctx.Item) *Wait {
	if !wk.runs(c) {
		return nil
	}
	w := newWait()
	w.bindTo(c, wk)
	return w
}

// poke wakes the goroutine of the wait, which looks at it again. free tells the goroutine
// that nothing else refers to the wait any more; then the caller must not touch it again.
func (w *Wait) poke(free bool) {
	select {
	case w.ch <- free:
	default: // it will look anyway
	}
}

// free lets the goroutine go on for good, and forgets everything but whether the wait was dead.
func (w *Wait) free() {
	w.unwatch()
	w.reset()
	w.poke(true)
}

// reset forgets the task of the wait, and what it waits for. Other sections may still look at
// the wait, under the lock.
func (w *Wait) reset() {
	w.task, w.worker, w.item, w.on, w.until = nil, nil, nil, nil, until{}
}

// drain empties the channel of a wait that is over.
func (w *Wait) drain() {
	select {
	case <-w.ch:
	default:
	}
}

// alive reports whether the task has not ended.
func (w *Wait) alive() bool { return w.worker.runs(w.item) }

// blocked reports whether the goroutine is blocked in the wait, and the task has not ended.
func (w *Wait) blocked() bool { return w.at != nil }

// An until says when the context of a wait ends. The zero value is never.
type until struct {
	done  <-chan struct{} // nil: not by this
	below bool            // it ends with the context of the task, too
}

// endOf returns when ctx ends, for a wait of the task whose context c is.
func endOf(ctx context.Context, c *taskctx.Item) until {
	return until{ctx.Done(), taskctx.Above(ctx) == c}
}

// leaving reports whether the context of the wait has ended, so that the goroutine is about to go on.
// What ends the context of the task may not have been told yet to that, and to what was derived from it.
func (w *Wait) leaving() bool {
	return isClosed(w.until.done) || w.until.below && (w.item.Ended() || w.worker.pool.ended(w.task, w.task.extra()))
}

// block says that the task, which was visited, blocks now. It lends the slot if a member is pending
// or lends.
func (w *Wait) block() {
	p, t := w.worker.pool, w.task
	w.dead = false
	w.list()
	if g := w.group; g != nil {
		g.waits = append(g.waits, w)
	}
	switch {
	case w.foreign && !w.always:
	case t.lent():
		w.worker.offReturns(t)
		p.offer(w)
	case w.elsewhere() || w.first(nil) != nil:
		p.lend(t)
	}
}

// elsewhere reports whether something outside the pool may still end the wait, so that any pending task
// gets the slot. A set whose members are taken one by one waits again when that has settled.
func (w *Wait) elsewhere() bool {
	return w.always && (w.several == nil || w.several.besideOpen())
}

// unblock takes the wait off its worker's list. A task that is blocked in nothing else wants
// its slot back.
func (w *Wait) unblock() {
	w.over = false
	if g := w.group; g != nil {
		g.waits = slices.DeleteFunc(g.waits, func(other *Wait) bool { return other == w })
	}
	w.unlist()
	if w.needsSlot() {
		w.worker.pool.toReturns(w.worker)
	}
}

// list makes w the first of its worker's waits.
func (w *Wait) list() {
	w.at, w.next = &w.worker.waits, w.worker.waits
	if *w.at = w; w.next != nil {
		w.next.at = &w.next
	}
}

// unlist takes w off the waits of its worker, if it is one of them.
func (w *Wait) unlist() {
	if w.at == nil {
		return
	}
	if *w.at = w.next; w.next != nil {
		w.next.at = w.at
	}
	w.at, w.next = nil, nil
}

// alone reports whether w is all that its task is blocked in: as long as another of
// its goroutines waits, the slot stays lent.
func (w *Wait) alone() bool { return w.worker.waits == w && w.next == nil }

// needsSlot reports whether the task has to take a slot back before it goes on from a wait
// that it has left.
func (w *Wait) needsSlot() bool { return w.alive() && w.task.lent() && w.worker.waits == nil }

// holdsUp reports whether t, which has started, needs a slot that it has not: it lends, rests,
// or waits for a permit. Those that wait for it must not keep theirs.
func (p *Pool) holdsUp(t *Task) bool { return t.lent() || t.rests() || p.acquiring(t) }

// anyHoldsUp reports whether there may be such a task.
func (p *Pool) anyHoldsUp() bool { return p.slots.waiting()+len(p.acquires) > 0 }

// first returns the first member that is pending, or else one that holds up, of those for
// which c finds something to run. It does not look at a task of another pool, which has another
// lock.
func (w *Wait) first(c *chase) *Task {
	switch t := w.on; {
	case w.foreign:
		return nil
	case t != nil && (t.Pending() || w.worker.pool.holdsUp(t)):
		return t
	case w.group == nil && w.several == nil:
		return nil
	}
	if t := w.firstPending(c); t != nil || c.over() || !w.worker.pool.anyHoldsUp() {
		return t
	}
	return w.firstHoldingUp(c)
}

// firstHoldingUp is not a part of first, which would allocate for the loop each time.
func (w *Wait) firstHoldingUp(c *chase) *Task {
	for t := range w.open() {
		if w.worker.pool.holdsUp(t) && c.finds(t) {
			return t
		}
	}
	return nil
}

func (w *Wait) firstPending(c *chase) *Task {
	if w.group != nil {
		return w.group.firstPending(c)
	}
	for t := range w.several.pending() {
		switch {
		case c.over():
			return nil
		case c.finds(t):
			return t
		}
	}
	return nil
}

// open yields the members that have not settled.
func (w *Wait) open() iter.Seq[*Task] {
	switch {
	case w.group != nil:
		return w.group.tasks()
	case w.several != nil:
		return w.several.open()
	}
	return only(w.on)
}

// begin says that the task blocks now. It reports whether the wait could never end; then it has not
// begun, unless it is to begin anyway. A nil wait does nothing.
func (w *Wait) begin(end until, anyway bool) (doomed bool) {
	if w == nil {
		return false
	}
	p := w.worker.pool
	p.mu.Lock()
	defer p.unlock()
	if !w.worker.visit(w.item) { // a wait of a goroutine that has outlived its task is none of the task
		return false
	}
	if !anyway && w.doomed() {
		return true
	}
	if w.alive() { // doomed may give the lock up
		w.until = end
		w.block()
	}
	return false
}

// told returns the channel on which a wait for several is told that it could never end.
func (w *Wait) told() <-chan bool {
	if w == nil {
		return nil
	}
	return w.ch
}

// verdict returns why a wait that was told of something ends.
func (w *Wait) verdict() error {
	w.worker.pool.mu.Lock()
	defer w.worker.pool.mu.Unlock()
	return deadlockIf(w.dead)
}

// end says that the task goes on, and takes a slot back. A nil wait does nothing. If done is
// closed first, end returns without a slot; the task takes one later.
func (w *Wait) end(done <-chan struct{}) {
	if grant := w.stop(); grant != nil {
		w.worker.receive(grant, done)
	}
}

// stop is the first half of end: it says that the task goes on, and returns what receive
// has to wait for, nil if that is nothing. Then another goroutine may use w.
func (w *Wait) stop() *Wait {
	if w == nil {
		return nil
	}
	p := w.worker.pool
	p.mu.Lock()
	defer p.unlock()
	if !w.blocked() {
		return nil
	}
	if w.unblock(); !w.needsSlot() {
		return nil
	}
	return w.worker.claim()
}

// claim asks for the slot that the worker's task lends. It returns a wait that is told when
// the task has it: maybe at the end of this section.
func (wk *worker) claim() *Wait {
	wk.pool.toReturns(wk)
	w := wk.pool.spare.wait()
	wk.tell(w)
	return w
}

// tell makes w the wait that is told when the task has its slot back. If another goroutine of
// the task waits for that, it goes on without.
func (wk *worker) tell(w *Wait) {
	wk.granted()
	wk.grant = w
}

// granted lets the goroutine go on that waits for the slot of the worker's task.
func (wk *worker) granted() {
	if w := wk.grant; w != nil {
		wk.grant = nil
		w.free()
	}
}

// receive waits until w, which claim has returned, is told, or done is closed.
func (wk *worker) receive(w *Wait, done <-chan struct{}) {
	p := wk.pool
	select {
	case <-w.ch:
	case <-done:
		p.mu.Lock()
		if wk.grant == w {
			wk.grant = nil
		}
		p.mu.Unlock()
		w.drain()
	}
	p.spare.putWait(w)
}

// watch makes the end of the task's context poke the wait. It reports false if that
// context has ended.
func (w *Wait) watch() bool {
	s, alive := w.worker.pool.scopeOfTask(w.item, w.worker)
	if !alive {
		return false
	}
	w.scope = s
	s.waits.Push(w, &w.links)
	s.watch()
	return true
}

func (w *Wait) unwatch() {
	if s := w.scope; s != nil {
		s.waits.Remove(&w.links)
		w.scope = nil
	}
}
