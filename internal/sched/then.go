package sched

import "github.com/millrace-go/millrace/internal/outcome"

// A task of Then waits for its input in Pool.deferred, as a waiter of the input. What releases the
// input, in any pool or none, calls Relay: so the task is in its queue, or has settled, before a function
// of OnDone is called for the input.

// deferTask keeps t out of the queue until its input has settled.
func (p *Pool) deferTask(t *Task, x *Extra) {
	x.stage = deferred
	at := &x.more.place
	at.Value, at.Order = t, t.Order()
	p.deferred.Push(&at.Item)
	if !x.more.input.AttachCall(&x.more.inputWaiter, (*continuation)(t)) {
		p.inputSettled(t, x)
		return
	}
	if other := x.more.input.pool(); other != nil && other != p {
		p.mixed = true
	}
	p.closeCycles(t) // of a wait for its group
}

// detach forgets what a task has been waiting for.
func (p *Pool) detach(x *Extra) {
	if input := x.more.input; input != nil {
		x.more.input = nil
		input.Detach(&x.more.inputWaiter)
	}
}

// A continuation is a task that waits for its input.
type continuation Task

// Fire makes a continuation a Target. Relay is called in its place.
func (c *continuation) Fire(*outcome.Waiter) {}

// Relay is called when the input has settled. Whatever settles the input, functions of the task
// are called for its own pool. It implements outcome.Relay.
func (c *continuation) Relay() (settled []*outcome.Core, by outcome.Section) {
	t := (*Task)(c)
	p := t.pool()
	if p == nil {
		return nil, nil // it has settled meanwhile
	}
	p.mu.Lock()
	if t.Pending() {
		p.inputSettled(t, t.extra())
	}
	p.admit()
	return p.unlockUnreleased()
}

// lostInput returns the input that a task waits for if it has settled without success, or
// else nil.
func (x *Extra) lostInput() *Task {
	if x == nil || x.stage != deferred {
		return nil
	}
	if state := x.more.input.State(); !state.Settled() || state == outcome.Succeeded {
		return nil
	}
	return x.more.input
}

func (p *Pool) inputSettled(t *Task, x *Extra) {
	if x.lostInput() != nil {
		p.cancel(t, nil)
		return
	}
	p.deferred.Remove(&x.more.place.Item)
	x.more.input = nil
	x.stage = fresh
	if left := x.opts.Delay - (p.now() - x.more.since); x.opts.Delay > 0 && left > 0 {
		p.delay(t, x, left)
		return
	}
	p.arrive(t, x)
}
