package sched

// A task that has come to the head of the queue and finds one of its groups full
// is put aside there, in the order of the queue, and comes back to its old place
// when the group has room. So whoever waits for a limit holds back nobody, and
// costs nothing meanwhile. Members that lend their slot do not count.

// fullGroupLocked returns a group of t that has no room for it, nil if there is
// none.
func (t *Task) fullGroupLocked() *Group {
	for g := t.group(); g != nil; g = g.outer {
		if g.cfg.Limit > 0 && g.at >= g.cfg.Limit {
			return g
		}
	}
	return nil
}

// stallLocked puts t, the head of the queue, aside at the group that is full.
func (p *Pool) stallLocked(t *Task) {
	g := t.fullGroupLocked()
	p.queue.remove(t)
	t.more.stalled = g
	g.stalled.less = (*Task).before
	g.stalled.push(t)
	if p.stalls == nil {
		p.stalls = make(map[*Group]struct{})
	}
	p.stalls[g] = struct{}{}
}

// enterLocked counts a member that begins to run, or runs again.
func (g *Group) enterLocked() {
	for ; g != nil; g = g.outer {
		g.at++
	}
}

// exitLocked counts off a member that does not run any more.
func (g *Group) exitLocked() {
	for h := g; h != nil; h = h.outer {
		h.at--
	}
	g.letInLocked()
}

// letInLocked lets as many come back to the queue as there is room for.
func (g *Group) letInLocked() {
	for ; g != nil; g = g.outer {
		for room := g.cfg.Limit - g.at; room > 0 && len(g.stalled.tasks) > 0; room-- {
			t := g.stalled.tasks[0]
			g.stalled.remove(t)
			t.more.stalled = nil
			g.pool.recallAllLocked()
			g.pool.queue.pushBack(t)
		}
		g.restLocked()
	}
}

// restLocked forgets the group if no task waits for it.
func (g *Group) restLocked() {
	if len(g.stalled.tasks) == 0 {
		delete(g.pool.stalls, g)
	}
}
