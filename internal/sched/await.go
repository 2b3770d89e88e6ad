package sched

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace/internal/cell"
)

// # What a wait costs
//
// To submit an empty task and await it takes 700 ns, where a goroutine that sends to a
// channel takes 360 (GOMAXPROCS 1, by perf): 41 % are the two changes of goroutine and
// their channels, 38 % the pool's own (three locked sections, the context, the
// registration), 9 % the clock that says since when a worker is idle, 8 % allocation.
// If the waiter and the worker let others run before they park it takes 0.78 times as
// long. But who yields comes behind every goroutine that waits for a processor, and a
// busy process has many of those.
//
// A task that awaits its child takes 1.4 us, a goroutine and a channel 0.6: the same
// changes of goroutine, 45 % the pool's own, most of that for lending. A waiter cannot
// run the child itself: the wait has to end with its context, however long the child
// takes, and a Goexit of the child would take the waiter along.

// Await blocks until core has settled or ctx ends; inside a task it lends. It
// returns nil if core has settled, whatever ctx says.
func Await(ctx context.Context, core *cell.Core) error {
	if core.Settled() {
		return nil
	}
	if err := await(lookedAt(ctx), core); err != nil && !core.Settled() {
		return err
	}
	return nil
}

func await(ctx context.Context, core *cell.Core) error {
	target, _ := core.Owner().(*Task)
	c := from(ctx)
	if c == nil {
		return block(ctx, core, target)
	}
	self := c.task.Load()
	if self == nil || target == nil {
		return block(ctx, core, target)
	}
	if self.pool != target.pool {
		return awaitOther(ctx, c, self, target)
	}
	return self.pool.awaitOwn(ctx, c, self, target)
}

// crossing makes one step of beginning a wait on another pool's task and of
// looking whether that closes a cycle: of several that close one at the same
// time, one is told. Waits within a pool have the pool's lock for it.
var crossing sync.Mutex

// awaitOther is a wait of self for another pool's task: nothing is lent, but it
// may close a cycle.
func awaitOther(ctx context.Context, c *Ctx, self, target *Task) error {
	crossing.Lock()
	first := c.awaits.CompareAndSwap(nil, target)
	closes := cycle(self, target)
	if closes && first {
		c.awaits.Store(nil)
	}
	crossing.Unlock()
	if closes {
		return cell.ErrDeadlock
	}
	if first {
		defer c.awaits.Store(nil)
	}
	return block(ctx, target.core(), target)
}

// block waits for core outside of the pool's tasks.
func block(ctx context.Context, core *cell.Core, target *Task) error {
	if ctx.Err() != nil {
		return cell.NotDone(ctx)
	}
	if target == nil {
		select {
		case <-core.Done():
			return nil
		case <-ctx.Done():
			return cell.NotDone(ctx)
		}
	}
	w := target.pool.spare.wait()
	defer target.pool.spare.putWait(w)
	if !core.Attach(&w.node, w) {
		return nil
	}
	done := ctx.Done()
	if done == nil {
		<-w.ch // at half the price of a select
		return nil
	}
	select {
	case <-w.ch:
		return nil
	case <-done:
	}
	if !core.Detach(&w.node) {
		<-w.ch // it has fired, or is about to
		return nil
	}
	return cell.NotDone(ctx)
}

// Fire implements cell.Target.
func (w *Wait) Fire() { w.ch <- true }

// awaitOwn is a wait of self, whose context c is, for another task of the pool.
func (p *Pool) awaitOwn(ctx context.Context, c *Ctx, self, target *Task) error {
	_, direct := p.ownContext(ctx)
	if !direct && ctx.Err() != nil {
		return cell.NotDone(ctx)
	}
	p.mu.Lock()
	if direct {
		p.askAboveLocked(c)
	}
	p.fetchLocked(target)
	switch {
	case !self.activeLocked():
		p.unlock()
		return block(ctx, target.core(), target)
	case !target.core().Entangle():
		p.unlock()
		return nil
	}
	// The edge is there before the walk: a wait for another pool's task may close the
	// same cycle now, without this pool's lock, and one of the two has to see the other.
	first := c.awaits.CompareAndSwap(nil, target)
	if p.cycleLocked(self, target) && p.closesLocked(c, self, target, first) {
		p.unlock()
		return cell.ErrDeadlock
	}
	if first {
		defer c.awaits.Store(nil)
	}
	w := p.spare.wait()
	w.pool, w.task, w.ctx, w.until, w.left = p, self, c, Single, 1
	if direct && !w.watchLocked(c) {
		p.unlock()
		c.catchUp()
		p.spare.putWait(w)
		return cell.NotDone(ctx)
	}
	self.core().Entangle()
	w.one.attachLocked(w, target)
	w.beginLocked()
	p.unlock()
	free := false
	if direct {
		free = <-w.ch
	} else {
		select {
		case free = <-w.ch:
		case <-ctx.Done():
		}
	}
	if free {
		dead := w.dead
		p.spare.putWait(w)
		return deadlockIf(dead)
	}
	return w.leave(ctx)
}

func deadlockIf(dead bool) error {
	if dead {
		return cell.ErrDeadlock
	}
	return nil
}

// closesLocked looks at a cycle again, with all waits between pools at rest: of
// several that close it at the same time, one is told.
func (p *Pool) closesLocked(c *Ctx, self, target *Task, first bool) bool {
	crossing.Lock()
	defer crossing.Unlock()
	closes := p.cycleLocked(self, target)
	if closes && first {
		c.awaits.Store(nil)
	}
	return closes
}

// leave ends a wait for one task, which has settled if the wait is over; or else
// ctx has ended.
func (w *Wait) leave(ctx context.Context) error {
	p := w.pool
	p.mu.Lock()
	over, dead := w.over, w.dead
	w.unwatchLocked()
	if !over {
		w.one.detachLocked()
		w.leaveLocked()
		if w.owesLocked() {
			p.toReturningLocked(w.task) // a debt: nobody waits for it to be met
			p.admitLocked()
		}
	} else if w.ctx.grant == w {
		w.ctx.grant = nil // the same
	}
	p.unlock()
	select {
	case <-w.ch:
	default:
	}
	c := w.ctx
	p.spare.putWait(w)
	if !over {
		c.catchUp()
		return cell.NotDone(ctx)
	}
	return deadlockIf(dead)
}

// watchLocked has the end of c poke the wait. It reports false if c has ended.
func (w *Wait) watchLocked(c *Ctx) bool {
	at, alive := w.pool.watchLocked(c, nil)
	if !alive || at == nil {
		return alive
	}
	w.watch = at
	if w.wnext = at.waits; w.wnext != nil {
		w.wnext.wprev = w
	}
	at.waits = w
	return true
}

func (w *Wait) unwatchLocked() {
	at := w.watch
	if at == nil {
		return
	}
	if w.wprev != nil {
		w.wprev.wnext = w.wnext
	} else {
		at.waits = w.wnext
	}
	if w.wnext != nil {
		w.wnext.wprev = w.wprev
	}
	w.watch, w.wnext, w.wprev = nil, nil, nil
	at.restLocked()
}

// cycleLocked reports whether target waits for t, through waits for one task,
// inputs and keys. A task that waits in several goroutines waits for each of those
// tasks.
func (p *Pool) cycleLocked(t, target *Task) bool {
	for target != nil && target != t {
		if target.pool != p {
			target = target.blockedOn()
			continue
		}
		p.fetchLocked(target)
		switch {
		case target.waitsLocked():
			target = p.turnOf(target)
		case target.status == deferred:
			target = p.beforeThenLocked(target)
		default:
			next := target.blockedOn()
			if p.cycleBesideLocked(t, target, next) {
				return true
			}
			target = next
		}
	}
	return target == t
}

// beforeThenLocked returns the task that a deferred one waits for: its input, or,
// if it waits for a place in the queue, the one that has the turn of its key.
func (p *Pool) beforeThenLocked(t *Task) *Task {
	if t.more.entry != nil && t.more.Key != nil {
		return p.keys[t.more.Key]
	}
	return t.inputTask()
}

// cycleBesideLocked is cycleLocked for the waits of target beside the one for next.
func (p *Pool) cycleBesideLocked(t, target, next *Task) bool {
	c := target.run.Load()
	if c == nil {
		return false
	}
	for w := c.waits; w != nil; w = w.next {
		if on := w.one.on; w.until == Single && on != nil && on != next && p.cycleLocked(t, on) {
			return true
		}
	}
	return false
}

// closeCyclesLocked ends waits for t, which is pending and has come to wait for
// first, if any, because of its key, if that closes a cycle: a Then that others wait
// for is the only task whose own wait may be the last of one.
func (p *Pool) closeCyclesLocked(t, first *Task) {
	for l := t.links; l != nil && first != nil; {
		w := l.wait
		l = l.next
		if w.until == Single && w.active && p.cycleLocked(w.task, first) {
			w.dead = true
			w.one.detachLocked()
			w.ctx.awaits.CompareAndSwap(t, nil)
			w.finishLocked()
		}
	}
}

// cycle is cycleLocked across pools: it follows what can be read without locks.
func cycle(t, target *Task) bool {
	for target != nil && target != t {
		target = target.blockedOn()
	}
	return target == t
}

// blockedOn returns what a task waits for: in Await, or as a Then.
func (t *Task) blockedOn() *Task {
	if c := t.run.Load(); c != nil {
		return c.awaits.Load()
	}
	return t.inputTask()
}
