package sched

// The run queue: pending tasks that may start as soon as there is a slot. Those in order
// of submission, of priority 0 and without a flow, are in Pool.fifo, the others in
// Pool.ready.

// enqueue makes t pending: from now on it may start.
func (p *Pool) enqueue(t *Task, x *Extra) {
	if x == nil {
		p.fifo.Push(t)
		return
	}
	if x.common.Key == nil || p.takeTurn(t, x) {
		p.requeue(t, x)
	}
}

// requeue puts a pending task that waits for nothing but a slot where it belongs in the order.
func (p *Pool) requeue(t *Task, x *Extra) {
	x.stage = ready
	x.node.Order = t.Order()
	if x.entering {
		p.entrants[p.entrantsOf(x)].Push(&x.node.Item)
		return
	}
	priority, flow := x.priority(), x.flow()
	if last := p.fifo.Last(); priority == 0 && flow == nil && !x.unplaced && (last == nil || last.Order() < t.Order()) {
		p.fifo.Push(t)
		return
	}
	p.ready.Push(&x.node, priority, flow)
}

// unqueue removes t from wherever it waits. If it was next for room in its groups, another
// member is.
func (p *Pool) unqueue(t *Task, x *Extra) {
	if x == nil {
		p.noteStale()
		return
	}
	switch x.stage {
	case deferred:
		p.deferred.Remove(&x.more.place.Item)
		p.detach(x)
	case delayed:
		if t.Pending() {
			p.countDelayed(x, -1)
		}
		p.clock.Stop(&x.more.delay)
	case behindKey:
		tn := x.turn
		tn.leave(t, x)
		p.reorder(tn.first) // it may have inherited the priority of t
	case stalled:
		x.stalledAt().unstall(x)
		x.keepRoom(0)
	case ready:
		p.unready(t, x)
		x.keepRoom(0)
	}
	x.stage = fresh
}

// unready is unqueue for what waits for nothing but a slot.
func (p *Pool) unready(t *Task, x *Extra) {
	switch {
	case x.entering:
		p.entrants[p.entrantsOf(x)].Remove(&x.node.Item)
	case !p.ready.Remove(&x.node):
		p.noteStale()
	}
}

// noteStale notes that one more place of fifo is stale, and tidies when half of them are: O(1)
// per task on average.
func (p *Pool) noteStale() {
	p.stale++
	p.front()
	if p.stale < 32+p.fifo.Len()/2 {
		return
	}
	p.stale = 0
	p.fifo.Tidy(queued)
}

// queued reports whether t, which is in fifo, still waits there: a stale one has settled
// or has been requeued elsewhere.
func queued(t *Task) bool {
	if !t.Pending() {
		return false
	}
	x := t.extra()
	return x == nil || x.stage == ready && !x.node.Queued()
}

// front returns the first task that waits in fifo, or nil, and takes the stale ones before it
// out: they may have values that nobody else keeps.
func (p *Pool) front() *Task {
	first := p.fifo.First()
	for first != nil && !first.PlainAndPending() && !queued(first) {
		p.fifo.Pop()
		p.stale = max(0, p.stale-1)
		first = p.fifo.First()
	}
	return first
}

// head returns the task that is next in the queue, or nil.
func (p *Pool) head() *Task {
	first := p.front()
	if p.ready.Len() == 0 {
		return first
	}
	order := uint64(0)
	if first != nil {
		order = first.Order()
	}
	if t, ok := p.ready.Next(order, first != nil); ok {
		return t
	}
	return first
}

// took takes t, which head has returned, out of the queue.
func (p *Pool) took(t *Task, x *Extra) {
	if x != nil && x.node.Queued() {
		p.ready.Took(&x.node)
		return
	}
	p.fifo.Pop()
	if p.takesTurns() {
		p.ready.Took(nil)
	}
}

// takesTurns reports whether flows may wait for their turns.
func (p *Pool) takesTurns() bool { return p.ready.Len() > 0 || p.stalls.First() != nil }

// startNext is startOne if nothing but the run queue wants the slot: the case that has to be fast.
// Otherwise admit, which is called next, has to look. (By way of admit alone a task with a name, or of a
// group, takes 1.15 times as long on one processor.)
func (p *Pool) startNext() {
	if !p.slots.free() || p.returning()+p.entries.Len() > 0 || p.suspended() {
		return
	}
	if p.simple && p.ready.Len() == 0 && p.startFirstPlain() {
		return
	}
	if t := p.head(); t != nil {
		p.startFirst(t, false)
	}
}
