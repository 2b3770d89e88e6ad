package sched

import (
	"context"
	"slices"
	"sync"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A Permit is a task without a function: it waits like any other, and what it holds is
// for the code that has acquired it.
type Permit struct {
	NoBody
	task    Task
	extra   Extra
	more    more
	granted chan struct{} // closed when the permit is granted; nil: nobody waits for that
	release sync.Once

	worker *worker // runs the task that waits for the permit
	item   *taskctx.Item
}

// Extra implements Body. Nothing runs a permit.
func (a *Permit) Extra() *Extra { return &a.extra }

// Acquire waits for a slot and for what the options ask for, and returns the function
// that gives them back. A timeout and retries have no effect: no worker runs a permit. The
// error is that of a task that never ran.
func Acquire(ctx context.Context, ex Executor, common options.Common, rest *options.Rest) (release func(), err error) {
	p, g := ex.executor()
	a := new(Permit)
	a.more.permit = a
	a.extra.more = &a.more
	a.task.Setup(a, &a.extra, common, rest)
	defer func() {
		if release == nil && err == nil { // an observer has called Goexit: nobody could give it back
			a.abandon()
		}
	}()
	p.SubmitTo(ctx, &a.task, g)
	if a.task.Pending() {
		p.waitFor(ctx, a)
	}
	if a.task.Settled() {
		return nil, a.task.Err()
	}
	return func() { a.release.Do(a.end) }, nil
}

// waitFor waits until a permit that is pending is granted, or never will be.
func (p *Pool) waitFor(ctx context.Context, a *Permit) {
	w, c := workerOf(ctx)
	p.mu.Lock()
	if !a.task.Pending() {
		p.mu.Unlock()
		return
	}
	a.granted = make(chan struct{})
	inside, foreign := w != nil && w.pool == p, false
	if inside {
		a.worker, a.item = w, c
		foreign = p.acquire(a)
	}
	p.unlock()
	if foreign {
		p.refuseAcross(a)
	}
	select {
	case <-a.granted:
	case <-a.task.Done():
	}
	if inside {
		p.mu.Lock()
		i := slices.Index(p.acquires, a)
		p.acquires = slices.Delete(p.acquires, i, i+1)
		p.mu.Unlock()
	}
}

// acquire says that a running task waits for a, and keeps its slot and all else that it holds:
// when a is granted it needs both. The tasks that wait for that task lend theirs. If the wait
// could never end, a is refused. If not, acquire reports whether it may be that because of tasks of
// other pools.
func (p *Pool) acquire(a *Permit) (foreign bool) {
	p.acquires = append(p.acquires, a)
	p.refuseStuck()
	if t := a.waiter(); t != nil {
		p.lendBehind(t)
		_, foreign = p.reaches(&a.task, t)
	}
	return foreign
}

// refuseAcross refuses a if it could never be granted because of tasks of other pools.
func (p *Pool) refuseAcross(a *Permit) {
	g := p.lockAcross()
	if t := a.waiter(); t != nil && g.reaches(&a.task, t) {
		p.cancel(&a.task, outcome.NeverRan(outcome.ErrDeadlock))
	}
	g.unlockOthers()
	p.unlock()
}

// refuseStuck refuses the permits that could never be granted, because what they wait for waits for
// the task that waits for them: of several that wait for one another the last. It reports whether
// there were any. As whatever a task does may leave one without hope, admit calls it in each section.
func (p *Pool) refuseStuck() (refused bool) {
	g := p.graph() // one for all: to make it takes time for each of them
	for i := len(p.acquires) - 1; i >= 0; i-- {
		a := p.acquires[i]
		t := a.waiter()
		if t != nil && g.reaches(&a.task, t) {
			p.cancel(&a.task, outcome.NeverRan(outcome.ErrDeadlock))
			g, refused = p.graph(), true
		}
	}
	return refused
}

// waiter returns the running task that waits for the permit, or nil.
func (a *Permit) waiter() *Task {
	if w := a.worker; a.task.Pending() && w.runs(a.item) {
		return w.task
	}
	return nil
}

// acquiring reports whether t waits for a permit.
func (p *Pool) acquiring(t *Task) bool {
	return slices.ContainsFunc(p.acquires, func(a *Permit) bool { return a.waiter() == t })
}

// startAcquired grants a permit that a running task waits for, or starts what has to run before
// that, ahead of a task that waits for weight which only those can give back that wait for
// permits. It reports whether there was one. admit calls it when nothing else may start.
func (p *Pool) startAcquired() bool {
	if len(p.acquires) == 0 || p.weights.max == 0 || !p.slots.free() || p.suspended() {
		return false
	}
	next := p.first()
	if w := p.firstReturn(); w != nil {
		next = w.task
	}
	k := p.kept()
	if next == nil || next.weight() <= k.left(p.weight()) {
		return false
	}
	for _, a := range p.acquires {
		if a.waiter() == nil {
			continue
		}
		if p.startBefore(&a.task, make(map[*Task]bool)) {
			return true
		}
	}
	return false
}

// startBefore starts what has to run before t, or t. Where one of several tasks may do, it looks for
// the first that can start. It reports false if there is none, or none but those in seen.
func (p *Pool) startBefore(t *Task, seen map[*Task]bool) bool {
	if t == nil || t.pool() != p || seen[t] || len(seen) == maxChase {
		return false
	}
	seen[t] = true
	switch x := t.extra(); {
	case t.lent() && t.worker != nil && t.worker.returns == nil:
		for w := range t.blockedIn() {
			for some := range w.parts() {
				for member := range some {
					if p.startBefore(member, seen) {
						return true
					}
				}
			}
		}
		return false
	case t.lent():
		return t.worker != nil && p.startPast(t, x)
	case !t.Pending() && !t.rests():
		return false
	case x == nil || x.stage == ready || x.stage == stalled:
		return p.startPast(t, x)
	case x.stage == behindKey:
		return p.startBefore(x.turn.first, seen)
	case x.stage == deferred:
		return p.startBefore(x.more.input, seen)
	default:
		return false
	}
}

// startPast starts t ahead of those before it in the queue, and in its groups, or gives it its slot
// back ahead of others.
func (p *Pool) startPast(t *Task, x *Extra) bool {
	if t.lent() {
		fits := p.weights.pass(t) && t.group().fullOne() == nil
		if fits {
			p.resume(t.worker, t)
		}
		return fits
	}
	start := func() bool { return x != nil && x.entering && p.startFirst(t, false) || p.tryStart(t) }
	if (x == nil || x.stage == ready) && start() {
		return true
	}
	return x != nil && x.stage == stalled && p.letPast(t, x) && start() // maybe only since start has put it aside
}

// letPast returns t, which waits for a group, to the queue, if its groups have room. Those that
// keep that room wait for weight. It reports whether it did.
func (p *Pool) letPast(t *Task, x *Extra) bool {
	n := 0
	for g := x.group; g != nil; g = g.outer {
		if !g.rate.Allows(&p.clock, 0) || g.full() {
			return false
		}
		n++
	}
	p.unqueue(t, x)
	p.requeue(t, x)
	x.keepRoom(n)
	return true
}

// grant gives a permit that has passed all conditions to the code that waits for it.
func (p *Pool) grant(a *Permit) {
	p.workers.permits++
	if a.granted != nil {
		close(a.granted)
	}
}

// abandon is the end of a permit whose caller has ended, granted or not.
func (a *Permit) abandon() {
	if !a.task.Cancel() {
		a.end()
	}
}

// end gives the permit back.
func (a *Permit) end() {
	t, x := &a.task, &a.extra
	p := t.pool()
	p.mu.Lock()
	p.workers.permits--
	p.halt(t, x)
	p.conclude(t, x, p.countRun(t, x))
	p.unlock()
}
