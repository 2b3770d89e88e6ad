package sched

import (
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/waitset"
)

// # Lending
//
// A task that blocks for tasks of its own pool lends its slot while it waits. So no
// wait can deadlock the pool: a blocked task either lends its slot or waits for tasks
// that all hold one. Following these waits always leads to a task that runs.
//
//	holds its slot  --begins a wait for a pending or lending member-->  lends
//	holds its slot  --a member that it waits for begins to lend------>  lends
//	holds its slot  --a member that it waits for forks, see Fork----->  lends
//	lends           --its wait is over, and a slot is free----------->  holds one
//
// A task that wants its slot back comes before the queue: the section that settles the
// last member puts it into Pool.returns, so the slot of that member goes to the waiter. If
// one of its groups is full it waits there, in Group.returns, until that has room.
// A wait that was ended by its context returns without the slot. The task then runs
// beyond the slots, still counts as lending, and takes the next slot that is free: this
// is called a debt.
//
// If several goroutines of a task wait, the slot stays lent until the last of these
// waits is over. The task's weight and its places in groups are lent with the slot.

// lend frees the slot of t, and the slots of tasks that wait for t and still hold theirs.
// The members of their waits get them first, then the queue.
func (p *Pool) lend(t *Task) {
	p.lendOne(t)
	p.lendBehind(t)
}

// lendBehind frees the slots of the tasks that wait for t and still hold theirs, and of
// those that wait for them in turn.
func (p *Pool) lendBehind(t *Task) {
	var others []*Task
	for at := t; at != nil; {
		p.eachWaitFor(at, at.group(), func(w *Wait) {
			switch k := w.task; {
			case !w.blocked() || !w.alive():
			case !k.lent():
				p.lendOne(k)
				others = append(others, k)
			case !w.ending():
				w.worker.offReturns(k) // for a time its group had no members
			}
		})
		p.offerWaits(at)
		at = nil
		if n := len(others); n > 0 {
			at, others = others[n-1], others[:n-1]
		}
	}
}

// eachWaitFor calls f with the waits of running tasks of the pool that t is a member of, or g, the
// group of t.
func (p *Pool) eachWaitFor(t *Task, g *Group, f func(*Wait)) {
	if t.Has(outcome.Joined) {
		t.Each(func(target outcome.Target) {
			if w := waitOf(target, t); w != nil && w.worker.pool == p {
				f(w)
			}
		})
	}
	for ; g != nil; g = g.outer {
		for _, w := range g.waits {
			f(w)
		}
	}
}

// waitOf returns the wait of a running task that the target stands for, if t is a
// member of that.
func waitOf(target outcome.Target, t *Task) *Wait {
	switch v := target.(type) {
	case *Wait:
		if v.on == t {
			return v
		}
	case *waitset.Set:
		return waitOfSet(v)
	}
	return nil
}

func (p *Pool) lendOne(t *Task) {
	p.halt(t, t.extra())
	t.Add(outcome.Lent)
	t.worker.lends.Store(true)
	p.slots.lent++
	if p.cfg.Observer != nil {
		t.Add(outcome.WasLent)
		t.worker.lentAt = p.now()
	}
}

// lendsNoMore says that t, which w runs or has run, does not lend any more: it has its slot back,
// rests, or has settled.
func (w *worker) lendsNoMore(t *Task) {
	w.pool.slots.lent--
	t.Clear(outcome.Lent)
	w.lends.Store(false)
	w.offReturns(t)
}

// offerWaits offers a slot to what t waits for.
func (p *Pool) offerWaits(t *Task) {
	wk := t.worker
	if wk == nil {
		return // it is between two attempts
	}
	for w := wk.waits; w != nil; w = w.next {
		p.offer(w)
	}
}

// offer gives a free slot to the first pending member of w that may start, or to what has
// to run before one.
func (p *Pool) offer(w *Wait) {
	for w.blocked() && w.alive() && p.slots.free() && p.mayStart() && p.phase.Load() != stopped {
		t := p.runnable(w)
		if t == nil || p.tryStart(t) {
			return
		}
		if x := t.extra(); x == nil || x.stage == ready {
			return // it holds back all others
		}
	}
}

// mayStart reports whether anything may be found that starts, or goes on. If not, it is not worth while
// to look through all that is nested in a group.
func (p *Pool) mayStart() bool { return p.queued()+p.slots.rests > 0 }

// offerSlot offers the slot of t, which has settled, and was a member of g. It first goes to tasks
// whose waits are over, because one of them may have waited for t; then to the other members of the
// waits that t was a member of.
func (p *Pool) offerSlot(t *Task, g *Group) {
	p.eachWaitFor(t, g, func(w *Wait) {
		if w.over || !w.task.lent() {
			return
		}
		waits, resumed := false, true
		for resumed && p.slots.free() {
			waits, resumed = p.resumeFirst()
		}
		if !waits { // one that waits for its weight holds back the members
			p.offer(w)
		}
	})
}

// maxChase bounds the search for what has to run before a member. The search only makes
// it run sooner: the queue would come to it in any case.
const maxChase = 64

// runnable returns the queued task that w waits for, directly or through other tasks.
func (p *Pool) runnable(w *Wait) *Task {
	t := w.on
	if t == nil {
		t = w.first(&chase{pool: p, left: maxChase})
	}
	c := chase{pool: p, left: maxChase}
	return c.end(t)
}

// A chase is the search for what has to run before a member of a wait.
type chase struct {
	pool *Pool
	left int
}

// finds reports whether there is something that may run before t, or t itself. A nil
// chase does not look.
func (c *chase) finds(t *Task) bool { return c == nil || c.end(t) != nil }

// over reports whether it is not worth while to look further.
func (c *chase) over() bool { return c != nil && c.left == 0 }

// end returns the queued task that t waits for, or t, nil if there is none.
func (c *chase) end(t *Task) *Task {
	p := c.pool
	for ; c.left > 0; c.left-- {
		if t == nil || t.pool() != p {
			return nil
		}
		x := t.extra()
		switch {
		case t.lent():
			wk := t.worker
			if wk == nil || wk.waits == nil {
				return nil
			}
			t = wk.waits.first(nil)
		case !t.Pending() && !t.rests():
			return nil
		case x == nil || x.stage == ready:
			return t
		case x.stage == behindKey:
			t = x.turn.first
		case x.stage == deferred:
			t = x.more.input
		default:
			return nil
		}
	}
	return nil
}

// satisfy tells the waits for t that t has settled. The tasks of those that are over go
// to Pool.returns.
func (p *Pool) satisfy(t *Task, state outcome.State) {
	p.eachWaitFor(t, nil, func(w *Wait) { p.satisfyOne(w, t, state) })
}

func (p *Pool) satisfyOne(w *Wait, t *Task, state outcome.State) {
	if w.on != nil {
		w.finish()
		return
	}
	m := w.several
	m.settle(t)
	switch hit := m.set.Until().Hits(state); {
	case !w.blocked():
		w.over = w.over || hit
	case hit || m.left == 0 && !w.always:
		if w.over = true; w.alone() {
			p.toReturns(w.worker)
		}
	case w.anyEnds() && !w.leaving(): // the others have settled without ending it
		if never, foreign := w.neverEnds(); never {
			w.doom()
		} else if foreign {
			w.poke(false) // it begins again, and searches other pools
		}
	}
}

// doom tells a wait that it could never end. One for a group goes on until the members have ended that
// keep it: it still is a part of cycles.
func (w *Wait) doom() {
	w.dead, w.over = true, w.group == nil
	w.poke(false)
}

// finish ends a wait for one task. Its goroutine goes on at once, or when its task has a
// slot again.
func (w *Wait) finish() {
	w.on.Detach(&w.node)
	w.on = nil
	w.unblock()
	if w.needsSlot() {
		w.worker.tell(w)
		return
	}
	w.free()
}

// toReturns puts a worker whose task lends into Pool.returns.
func (p *Pool) toReturns(w *worker) {
	if w.task != nil && w.task.lent() && w.returns == nil {
		p.arrivals++
		w.back.Value, w.back.Order = w, p.arrivals
		w.returnIn(p.returnsOf(w.task))
	}
}

// returnsOf returns where in Pool.returns the worker of t waits.
func (p *Pool) returnsOf(t *Task) *queue.Sorted[*worker] {
	if t.extra().isBeyond() {
		return &p.returns[1]
	}
	return &p.returns[0]
}

// returning returns how many workers are in Pool.returns.
func (p *Pool) returning() int { return p.returns[0].Len() + p.returns[1].Len() }

// returnIn moves the worker to one of the queues of those that want their slots back; nil: none.
func (w *worker) returnIn(q *queue.Sorted[*worker]) {
	if w.returns != nil {
		w.returns.Remove(&w.back)
	}
	if w.returns = q; q != nil {
		q.Push(&w.back)
	}
}

// offReturns says that t, which w runs or has run, does not want its slot back any more: it has
// it, has ended, or lends again. Another member may have the room that was kept for it.
func (w *worker) offReturns(t *Task) {
	if w.returns != nil {
		w.returnIn(nil)
		t.group().letBack()
	}
	w.granted()
}

// letBack returns as many members to Pool.returns as there is room for, of g and of the groups
// around it.
func (g *Group) letBack() {
	for ; g != nil; g = g.outer {
		for n := g.cfg.Limit - g.atWork; n > 0 && g.returns.Len() > 0; n-- {
			w := g.returns.First().Value
			w.returnIn(g.pool.returnsOf(w.task))
		}
		g.updateCrowd()
	}
}

// resumeFirst gives what it has lent back to firstReturn. It reports whether there is one, and
// whether it goes on: not if its weight does not fit.
func (p *Pool) resumeFirst() (waits, resumed bool) {
	w := p.firstReturn()
	switch {
	case w == nil:
		return false, false
	case !p.weights.pass(w.task):
		return true, false
	}
	p.resume(w, w.task)
	return true, true
}

// firstReturn returns the first worker whose task waits for its slot, and can have one, or ran
// beside the slots and needs none, and whose groups have room; nil if there is none.
func (p *Pool) firstReturn() *worker {
	for {
		first := p.returns[1].First()
		if other := p.returns[0].First(); p.slots.free() && other != nil && (first == nil || other.Order < first.Order) {
			first = other
		}
		if first == nil {
			return nil
		}
		w := first.Value
		g := w.task.group().fullOne()
		if g == nil {
			return w
		}
		w.returnIn(&g.returns)
		w.task.group().letBack() // one that had told it of room has some for another
	}
}

// resume gives t a free slot back.
func (p *Pool) resume(w *worker, t *Task) {
	p.occupy(t, t.extra())
	if p.cfg.Observer != nil {
		w.lentFor += p.now() - w.lentAt
	}
	w.lendsNoMore(t)
}
