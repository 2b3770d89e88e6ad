package sched

import "github.com/millrace-go/millrace/internal/cell"

// deferLocked keeps t out of the queue until its input has settled.
func (p *Pool) deferLocked(t *Task) {
	t.status = deferred
	p.deferred.push(t)
	// It counts as a function of the user's: it may run some, of its own OnDone.
	if !t.more.input.Load().AttachFunc(&t.more.inputWaiter, t) {
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

// Fire is called when the input of t has settled. It implements cell.Target.
func (t *Task) Fire() {
	p := t.pool
	p.mu.Lock()
	if t.status == deferred {
		p.inputSettledLocked(t)
	}
	p.unlock()
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
