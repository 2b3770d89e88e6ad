package sched

import "github.com/millrace-go/millrace/internal/queue"

// A turn is the state of a key that is in use. One task has the turn: the first that has
// not settled, in order of submission; it may be pending, running or between two
// attempts. The others wait behind it. They hold nothing and are in no other queue.
//
// A Then enters its key when its input has settled, and may have been submitted before
// the task that has the turn. If that one has not started, the Then takes the turn.
//
// The task that has the turn inherits the highest priority of those behind it. Otherwise,
// while a task of high priority waits behind one of low priority, tasks of a priority between
// the two would start first, and hold up both.
type turn struct {
	key        any
	first      *Task               // has the turn
	behind     queue.Sorted[*Task] // wait for it
	priorities queue.Priorities    // of these
}

// takeTurn gives t the turn of its key, or puts it behind the task that has it. It
// reports whether t has the turn.
func (p *Pool) takeTurn(t *Task, x *Extra) bool {
	tn := p.turns.Of[x.common.Key]
	if tn == nil {
		if tn = p.spare.turns.Take(); tn == nil {
			tn = new(turn)
		}
		tn.key, tn.first = x.common.Key, t
		p.turns.Add(tn.key, tn)
		x.turn = tn
		return true
	}
	x.turn = tn
	if first := tn.first; first.Pending() && t.Order() < first.Order() {
		fx := first.extra()
		p.unqueue(first, fx)
		fx.turn = tn
		tn.first = t
		tn.join(first, fx)
		return true
	}
	lifts := x.common.Priority > tn.first.extra().priority()
	tn.join(t, x)
	if lifts {
		p.reorder(tn.first)
	}
	p.closeCycles(t)
	return false
}

// turnBefore returns the task that has to settle before t can have the turn of key, nil
// if there is none. t has not called takeTurn yet.
func (p *Pool) turnBefore(t *Task, key any) *Task {
	tn := p.turns.Of[key]
	if tn == nil || tn.first.Pending() && t.Order() < tn.first.Order() {
		return nil
	}
	return tn.first
}

// join makes t wait for the turn.
func (tn *turn) join(t *Task, x *Extra) {
	x.stage = behindKey
	x.node.Order = t.Order()
	tn.behind.Push(&x.node.Item)
	tn.priorities.Add(x.common.Priority)
}

// leave makes t stop waiting for the turn.
func (tn *turn) leave(t *Task, x *Extra) {
	tn.behind.Remove(&x.node.Item)
	tn.priorities.Remove(x.common.Priority)
	x.turn = nil
}

// reorder puts a task whose priority has changed at its new place: where it waits for a slot, or
// for a group, which puts it aside once more.
func (p *Pool) reorder(t *Task) {
	switch x := t.extra(); x.stage {
	case stalled, ready:
		p.unqueue(t, x)
		p.requeue(t, x)
	}
}

// leaveTurn gives the turn, if t has it, to the next task of the key. t has settled, or
// does not wait in the queue any more.
func (p *Pool) leaveTurn(t *Task, x *Extra) {
	tn := x.turn
	if tn == nil || tn.first != t {
		return
	}
	x.turn = nil
	if tn.behind.Len() == 0 {
		p.turns.Remove(tn.key)
		tn.key, tn.first = nil, nil
		p.spare.turns.Put(tn)
		return
	}
	next := tn.behind.Pop().Value
	nx := next.extra()
	tn.priorities.Remove(nx.common.Priority)
	tn.first = next
	p.requeue(next, nx)
}
