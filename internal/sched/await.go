package sched

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// How one task is waited for depends on who waits:
//
//	wait        what is no task of a pool: there is nothing to lend
//	await       a task, for one of its own pool: it lends its slot, unless the wait closes a cycle
//	awaitOther  a task, for one of another pool: it keeps its slot, and learns of cycles, too
//	outside     a task, for work that runs elsewhere: it lends its slot to any pending task
//
// A wait of await is over when the section that settles the task has taken it off the waits of its
// worker. Its goroutine goes on when its task has a slot again: then nothing else refers to the
// Wait any more, and it need not come to the lock of the pool.

// Await blocks until t has settled or ctx ends; inside a task it lends. It returns nil
// if t has settled, whatever ctx says. The end of ctx may be what settles t: then it has.
//
// Why a waiter does not run a pending child itself: the wait has to end with its context,
// however long the child takes, and a Goexit of the child would end the goroutine of the
// waiter. Join promises less, and so can run its child.
func Await(ctx context.Context, t *Task) error {
	if err := await(ctx, t); err != nil && !t.Look().Settled() {
		return err
	}
	return nil
}

func await(ctx context.Context, t *Task) error {
	w, c := workerOf(ctx)
	if w == nil {
		return t.wait(ctx)
	}
	return w.awaitAny(ctx, c, t)
}

// awaitAny is a wait of the task that wk runs, with context c, for any task.
func (wk *worker) awaitAny(ctx context.Context, c *taskctx.Item, t *Task) error {
	switch p := t.pool(); {
	case p == wk.pool:
		return wk.await(ctx, c, t)
	case p != nil:
		return wk.awaitOther(ctx, c, t)
	case lendsToAnybody(t):
		return wk.pool.outside(ctx, c, wk, nil, func() error { return t.wait(ctx) })
	}
	return t.wait(ctx)
}

// lendsToAnybody reports whether t is work that runs elsewhere, so that a task that
// waits for it lends its slot to whatever is pending.
func lendsToAnybody(t *Task) bool {
	if t.Settled() || t.pool() != nil {
		return false
	}
	e, ok := t.body.(interface{ RunsElsewhere() bool })
	return ok && e.RunsElsewhere()
}

// wait waits for t outside of the pool's tasks. It may fail though t has settled: Await looks.
func (t *Task) wait(ctx context.Context) error { return t.waitUntil(ctx, nil) }

// waitUntil is wait that is told if it could never end.
func (t *Task) waitUntil(ctx context.Context, told <-chan bool) error {
	if ctx.Err() != nil {
		return outcome.NotDone(ctx)
	}
	p := t.pool()
	if p == nil { // it has none, or has settled
		select {
		case <-t.Done():
			return nil
		case <-ctx.Done():
			return outcome.NotDone(ctx)
		}
	}
	w := p.spare.wait()
	defer p.spare.putWait(w)
	if !t.Attach(&w.node, w, 0) {
		return nil
	}
	done := ctx.Done()
	if done == nil && told == nil {
		<-w.ch // at half the price of a select
		return nil
	}
	dead := false
	select {
	case <-w.ch:
		return nil
	case <-done:
	case <-told:
		dead = true
	}
	switch {
	case !t.Detach(&w.node):
		<-w.ch // it has fired, or is about to
		return nil
	case dead:
		return outcome.ErrDeadlock
	}
	return outcome.NotDone(ctx)
}

// await is a wait of the task that wk runs, with context c, for another one of its pool.
func (wk *worker) await(ctx context.Context, c *taskctx.Item, t *Task) error {
	direct := ctx == context.Context(c) && poolEnds(c)
	if !direct && ctx.Err() != nil {
		return outcome.NotDone(ctx)
	}
	end := until{below: true}
	if !direct {
		end = endOf(ctx, c)
	}
	w, err := wk.beginAwait(ctx, c, t, end, direct)
	switch {
	case err != nil:
		return err
	case w == nil:
		return t.wait(ctx)
	}
	free := false
	if direct {
		free = <-w.ch
	} else {
		select {
		case free = <-w.ch:
		case <-end.done:
		}
	}
	if free {
		dead := w.dead
		wk.pool.spare.putWait(w)
		return deadlockIf(dead)
	}
	return w.leave(ctx, wk)
}

// beginAwait begins a wait that lends. It returns nil if there is nothing to lend: t has
// settled, or the task of wk has ended and left a goroutine behind. direct says that
// nothing but the pool ends ctx.
func (wk *worker) beginAwait(ctx context.Context, c *taskctx.Item, t *Task, end until, direct bool) (*Wait, error) {
	p := wk.pool
	p.mu.Lock()
	if t.Settled() || !wk.visit(c) {
		p.unlock()
		return nil, nil
	}
	w := p.spare.wait()
	w.bindTo(c, wk)
	w.on, w.until = t, end
	if direct && !w.watch() {
		w.discard()
		return nil, outcome.NotDone(ctx)
	}
	doomed, foreign := p.reaches(t, w.task)
	doomed = doomed || foreign && w.closesAcrossPools()
	switch {
	case doomed:
		err := deadlock(w.task, t)
		w.discard()
		return nil, err
	case foreign && (t.Settled() || !wk.runs(c)): // closesAcrossPools gives the lock up
		w.discard()
		return nil, nil
	}
	t.Attach(&w.node, w, outcome.Joined)
	w.block()
	p.unlock()
	return w, nil
}

// discard is for a wait that has not begun. It gives up the lock.
func (w *Wait) discard() {
	p := w.worker.pool
	w.unwatch()
	w.reset()
	p.unlock()
	w.drain() // its context may have ended while the search for a cycle had given up the lock
	p.spare.putWait(w)
}

// awaitOther is a wait of the task that w runs for another pool's task: it lends nothing, but
// may close a cycle.
func (wk *worker) awaitOther(ctx context.Context, c *taskctx.Item, t *Task) error {
	p := wk.pool
	p.mu.Lock()
	w := wk.newWait(c)
	p.mixed = true
	p.mu.Unlock()
	if w == nil {
		return t.wait(ctx)
	}
	w.on, w.foreign = t, true
	if w.begin(endOf(ctx, c), false) {
		return deadlock(w.task, t)
	}
	err := t.waitUntil(ctx, w.ch)
	w.end(ctx.Done()) // another goroutine of the task may have lent the slot
	return err
}

// leave ends a wait of the task that wk runs for one task: that one has settled, and w.on is nil, or
// ctx has ended, or the wait was told that it could never end.
func (w *Wait) leave(ctx context.Context, wk *worker) error {
	p := wk.pool
	p.mu.Lock()
	over, dead := w.on == nil, w.dead
	if !over {
		w.on.Detach(&w.node)
		w.unblock()
	} else if wk.grant == w {
		wk.grant = nil
	}
	var grant *Wait
	if dead && w.worker != nil && w.needsSlot() {
		grant = wk.claim()
	}
	w.unwatch()
	w.reset()
	p.unlock() // what the task wants back is a debt at the end of ctx: nothing waits for it to be met
	w.drain()
	p.spare.putWait(w)
	if grant != nil {
		wk.receive(grant, ctx.Done())
	}
	if !over && !dead {
		return outcome.NotDone(ctx)
	}
	return deadlockIf(dead)
}

func deadlockIf(dead bool) error {
	if dead {
		return outcome.ErrDeadlock
	}
	return nil
}

// isDeadlock reports whether a wait was refused because it could never end. A context that
// ended because of a deadlock elsewhere is not that.
func isDeadlock(err error) bool {
	return errors.Is(err, outcome.ErrDeadlock) && !errors.Is(err, outcome.ErrNotDone)
}

// Outside calls fn. If ctx is that of a running task, its slot is lent to any pending task
// meanwhile.
func Outside(ctx context.Context, fn func()) {
	w, c := workerOf(ctx)
	if w == nil {
		fn()
		return
	}
	_ = w.pool.outside(ctx, c, w, nil, func() error { fn(); return nil })
}

// awaitAnyway waits for t, which may wait for the task of ctx, in a cycle that this task must not
// leave. Others of its pool learn of the deadlock in its place.
func awaitAnyway(ctx context.Context, t *Task) {
	wait := func() error { return t.wait(ctx) }
	w, c := workerOf(ctx)
	if w == nil {
		_ = wait()
		return
	}
	_ = w.pool.outside(ctx, c, w, t, wait)
}

// outside calls fn, which waits for on, if that is not nil. Meanwhile the task that wk runs lends its
// slot. It takes a slot back if fn returns, panics, or calls Goexit.
func (p *Pool) outside(ctx context.Context, c *taskctx.Item, wk *worker, on *Task, fn func() error) error {
	p.mu.Lock()
	w := wk.newWait(c)
	p.mu.Unlock()
	if w == nil {
		return fn()
	}
	w.always, w.on, w.foreign = true, on, on != nil && on.pool() != p
	w.begin(until{}, true)
	defer w.end(ctx.Done())
	if on != nil {
		w.goOn()
	}
	return fn()
}
