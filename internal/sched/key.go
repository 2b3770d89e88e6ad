package sched

// Of the tasks of one key, one has the turn: the first that was submitted and
// has not settled. It may be pending or running; the others wait behind it, hold
// nothing, and are in no other line. Pool.keys has the one with the turn, for
// each key in use, and nothing for the others.

// turnLocked gives the turn of its key to a new pending task, or puts it in line
// for it. It reports whether the task has the turn.
func (p *Pool) turnLocked(t *Task) bool {
	first := p.keys[t.more.Key]
	if first != nil {
		t.more.waitsTurn = true
		first.more.behind.push(t)
		p.closeCyclesLocked(t, first)
		return false
	}
	if p.keys == nil {
		p.keys = make(map[any]*Task)
	}
	p.keys[t.more.Key] = t
	return true
}

// unturnLocked takes a task out of the line for its turn.
func (p *Pool) unturnLocked(t *Task) {
	p.keys[t.more.Key].more.behind.remove(t)
	t.more.waitsTurn = false
}

// passTurnLocked passes the turn of t, which has settled, to the next.
func (p *Pool) passTurnLocked(t *Task) {
	key := t.key()
	if key == nil || p.keys[key] != t {
		return
	}
	m := t.more
	if m.behind.head == nil {
		delete(p.keys, key)
		if len(p.keys) == 0 {
			p.keys = nil // a map keeps the room it once needed
		}
		return
	}
	next := m.behind.pop()
	next.more.waitsTurn = false
	next.more.behind = m.behind
	m.behind = list{}
	p.keys[key] = next
	p.recallAllLocked()
	p.queue.pushBack(next)
}

// turnOf returns the task that a queued task waits for because of its key, nil
// if it has the turn.
func (p *Pool) turnOf(t *Task) *Task {
	if !t.waitsLocked() {
		return nil
	}
	return p.keys[t.more.Key]
}
