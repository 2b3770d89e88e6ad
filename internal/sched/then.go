package sched

import "github.com/millrace-go/millrace/internal/cell"

// deferLocked keeps t out of the queue until its input has settled.
func (p *Pool) deferLocked(t *Task) {
	t.status = deferred
	p.deferred.push(t)
	if !t.more.input.Load().AttachRelay(&t.more.inputWaiter, t) {
		p.inputSettledLocked(t)
	}
}

// undeferLocked forgets what t has been waiting for.
func (p *Pool) undeferLocked(t *Task) {
	if e := t.more.entry; e != nil {
		t.more.entry = nil
		p.entries.remove(e)
	}
	if input := t.more.input.Swap(nil); input != nil {
		input.Detach(&t.more.inputWaiter)
	}
}

// inputTask returns the task that a deferred one waits for, nil if it is none or
// if it has settled.
func (t *Task) inputTask() *Task {
	if t.more == nil {
		return nil
	}
	input := t.more.input.Load()
	if input == nil {
		return nil
	}
	task, _ := input.Owner().(*Task)
	return task
}

// Fire implements cell.Target.
func (t *Task) Fire() { pay(t.Relay()) }

// Relay is called when the input of t has settled. It implements cell.Relay.
func (t *Task) Relay() (settled []*cell.Core, last cell.Target) {
	p := t.pool
	p.mu.Lock()
	if t.status == deferred {
		p.inputSettledLocked(t)
	}
	return p.unlockOwing()
}

func (p *Pool) inputSettledLocked(t *Task) {
	input := t.more.input.Load()
	if state := input.State(); state != cell.Succeeded {
		p.dropLocked(t, state, input.Err())
		return
	}
	p.deferred.remove(t)
	t.more.input.Store(nil)
	t.more.late = true
	p.enterLaterLocked(t)
	p.admitLocked()
}
