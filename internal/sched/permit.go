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
	pool    *Pool
	granted chan struct{} // closed when the permit is granted; nil: nobody waits for that
	release sync.Once

	worker *worker // runs the task that waits for the permit
	item   *taskctx.Item
}

// Extra implements Body. Nothing runs a permit.
func (a *Permit) Extra() *Extra { return &a.extra }

// Acquire waits for a slot and for what the options ask for, and returns the function
// that gives them back. rest must set neither a timeout nor retries. The error is that of
// a task that never ran.
func Acquire(ctx context.Context, ex Executor, common options.Common, rest *options.Task) (release func(), err error) {
	p, g := ex.executor()
	a := &Permit{pool: p}
	a.more.permit = a
	a.extra.more = &a.more
	a.task.Setup(a, &a.extra, common, rest)
	defer func() {
		if release == nil && err == nil { // an observer has called Goexit: nobody could give it back
			a.abandon()
		}
	}()
	p.take(ctx, &a.task, g)
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
	inside := w != nil && w.pool == p && w.runs(c)
	if inside {
		a.worker, a.item = w, c
		p.acquire(a)
	}
	p.unlock()
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
// could never end, because a needs what tasks hold that wait in this way, a is refused.
func (p *Pool) acquire(a *Permit) {
	p.acquires = append(p.acquires, a)
	t := a.worker.task
	if found, _ := p.reaches(&a.task, t); found {
		p.cancel(&a.task, outcome.NeverRan(outcome.ErrDeadlock))
	}
	p.refuseStuck()
	if a.task.Pending() {
		p.lendBehind(t)
	}
}

// refuseStuck refuses the last of the permits in Pool.acquires until the others can be granted.
func (p *Pool) refuseStuck() {
	for i := len(p.acquires) - 1; i >= 0 && p.permitsStuck(); i-- {
		if a := p.acquires[i]; a.task.Pending() {
			p.cancel(&a.task, outcome.NeverRan(outcome.ErrDeadlock))
		}
	}
}

// acquirer returns the task that waits for the permit and keeps what it holds, or nil.
func (a *Permit) acquirer() *Task {
	if w := a.worker; a.task.Pending() && w.runs(a.item) && !w.task.lent() {
		return w.task
	}
	return nil
}

// acquiring reports whether t waits for a permit.
func (p *Pool) acquiring(t *Task) bool {
	return slices.ContainsFunc(p.acquires, func(a *Permit) bool { return a.acquirer() == t })
}

// startAcquired grants a permit that a running task waits for, or starts what has to run before
// that, ahead of a task that waits for weight which only those can give back that wait for
// permits. It reports whether there was one. admit calls it when nothing else may start.
func (p *Pool) startAcquired() bool {
	if len(p.acquires) == 0 || p.weights.max == 0 || !p.slots.free() || p.halted() {
		return false
	}
	next, _ := p.first()
	if w := p.firstReturn(); w != nil {
		next = w.task
	}
	if _, weight := p.besideAcquirers(); next == nil || next.weight() <= weight {
		return false
	}
	for _, a := range p.acquires {
		if a.acquirer() == nil {
			continue
		}
		c := chase{p, maxChase}
		t := c.end(&a.task)
		switch {
		case t == nil:
		case t.extra().entering && p.startEntrant(t, false), p.tryStart(t):
			return true
		}
	}
	return false
}

// besideAcquirers returns how many slots, and how much weight, there are beside what the tasks
// hold that wait for the permits in Pool.acquires.
func (p *Pool) besideAcquirers() (slots int, weight int64) {
	slots, weight = p.slots.n, p.weights.max
	for _, a := range p.acquires {
		if t := a.acquirer(); t != nil {
			if weight -= t.weight(); !t.extra().isBeyond() {
				slots--
			}
		}
	}
	return slots, weight
}

// permitsStuck reports whether there is too little for each of the permits in Pool.acquires, as long
// as the tasks that wait for them keep what they hold.
func (p *Pool) permitsStuck() bool {
	slots, weight := p.besideAcquirers()
	return slots <= 0 || !slices.ContainsFunc(p.acquires, func(a *Permit) bool {
		return a.task.Pending() && p.fitsBeside(&a.task, weight)
	})
}

// fitsBeside reports whether there is enough for t, if so much weight is free beside the tasks
// that wait for the permits in Pool.acquires, and for the task that has the turn of its key.
func (p *Pool) fitsBeside(t *Task, weight int64) bool {
	if p.weights.max > 0 && t.weight() > weight || !p.roomBeside(t.group()) {
		return false
	}
	x := t.extra()
	return x == nil || x.at != behindKey || !x.turn.first.Pending() || p.fitsBeside(x.turn.first, weight)
}

// roomBeside reports whether g and the groups around it have room beside the tasks that wait
// for those in Pool.acquires.
func (p *Pool) roomBeside(g *Group) bool {
	for ; g != nil; g = g.outer {
		room := g.cfg.Limit
		for _, a := range p.acquires {
			if t := a.acquirer(); t != nil && t.group().within(g) {
				room--
			}
		}
		if g.cfg.Limit > 0 && room <= 0 {
			return false
		}
	}
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
	p, t, x := a.pool, &a.task, &a.extra
	p.mu.Lock()
	p.workers.permits--
	p.halt(t, x)
	p.conclude(t, x, p.countRun(t, x))
	p.unlock()
}
