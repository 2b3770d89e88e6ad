package sched

// A task that is next in the queue and finds one of its groups full, or its group's rate
// used up, is put aside in that group, which keeps the order of the queue. When there is
// room the task is let in: it returns to its place in the queue. So it holds back no other
// task and costs nothing meanwhile. Members that lend their slot do not count.
//
// A group lets in as many tasks as there is room for, and no more until these have started. A task
// that was let in by one group may find a group around that full. Then it waits at the outer group,
// and keeps its room in the inner one, where the others would have to wait behind it, too.

// passGroups is the gate of the limits and rates of groups.
func (p *Pool) passGroups(t *Task, x *Extra) bool {
	inside := 0
	for g := x.memberOf(); g != nil; g = g.outer {
		if g.full() || g.rate.On() && g.rate.Wait(&p.clock, 0) > 0 || inside >= x.lets && g.isBehind(t, x) {
			g.stall(t, x, inside)
			return false
		}
		inside++
	}
	return true
}

// take counts a member of g that is at work, and give counts it off.
func (g *Group) take() {
	for ; g != nil; g = g.outer {
		if g.atWork++; g.cfg.Limit > 0 && g.atWork > g.cfg.Limit {
			g.updateCrowd()
		}
	}
}

func (g *Group) give() {
	for h := g; h != nil; h = h.outer {
		if h.atWork--; h.crowd.Load() != nobody {
			h.updateCrowd()
		}
	}
	g.letIn()
}

// spend counts a task that starts at the rates of its groups and of the pool.
func (p *Pool) spend(x *Extra) {
	p.rate.Spend(&p.clock)
	for g := x.memberOf(); g != nil; g = g.outer {
		g.rate.Spend(&p.clock)
	}
}

// full reports whether as many members are at work as may be.
func (g *Group) full() bool { return g.cfg.Limit > 0 && g.atWork >= g.cfg.Limit }

// fullOne returns g, or a group around it, that has no room for one more, or nil.
func (g *Group) fullOne() *Group {
	for g != nil && !g.full() {
		g = g.outer
	}
	return g
}

// isBehind reports whether t, which g has not let in, comes after one that waits there.
func (g *Group) isBehind(t *Task, x *Extra) bool {
	return g.stalled.Len() > 0 && !g.stalled.Precedes(x.priority(), x.flow(), t.Order())
}

// stall puts t, which may be next, aside at g. It keeps room in so many groups inside of g.
func (g *Group) stall(t *Task, x *Extra, inside int) {
	p, push := g.pool, g.stalled.Push
	if inside < x.lets {
		push = g.stalled.Return // g had let it in, and another member was faster
	}
	p.ready.Keep(&x.node, func() {
		if x.stage == ready {
			p.unready(t, x)
		}
		x.stage = stalled
		x.node.Order = t.Order()
		push(&x.node, x.priority(), x.flow())
	})
	if g.stalled.Len() == 1 {
		p.stalls.Push(g, &g.stalls)
	}
	if !x.ofMap() {
		g.queued++
	}
	g.updateCrowd()
	x.keepRoom(inside)
	g.letSome()
}

// stalledAt returns the group that a stalled task waits for: the next one around those in which it
// keeps room.
func (x *Extra) stalledAt() *Group {
	g := x.group
	for range x.lets {
		g = g.outer
	}
	return g
}

// keepRoom makes a task that is pending keep room in its n innermost groups, and in no others.
func (x *Extra) keepRoom(n int) {
	was := x.lets
	x.lets = n
	i := 0
	for g := x.group; i < max(n, was); g = g.outer {
		switch {
		case i >= n:
			g.let.Remove(x.common.Priority)
			g.letSome()
		case i >= was:
			g.let.Add(x.common.Priority)
		}
		i++
	}
}

// updateCrowd stores in Group.crowd what the runners of maps over g have to give way to:
// members that wait for the limit, or to have back a slot that they lent, or a limit that was
// lowered to less than what runs.
// With only one map, its own runners that wait for the limit do not count; without any, nobody
// reads it. Where there is a rate, runners run one item each.
func (g *Group) updateCrowd() {
	if g.rate.On() {
		return
	}
	w := uint64(nobody)
	switch {
	case g.maps == 0:
	case g.cfg.Limit > 0 && g.atWork > g.cfg.Limit, g.returns.Len() > 0:
		w = atOnce
	case g.queued > 0, g.maps > 1 && g.stalled.Len() > 0:
		priority, _ := g.stalled.Priority(false)
		w = wanting(priority)
	}
	was := g.crowd.Load()
	if was == w {
		return
	}
	g.crowd.Store(w)
	switch {
	case was == nobody:
		g.pool.crowded++
	case w == nobody:
		g.pool.crowded--
	}
}

// unstall takes a member out of what it waits in, if letSome has not.
func (g *Group) unstall(x *Extra) {
	g.stalled.Remove(&x.node)
	if !x.ofMap() {
		g.queued--
	}
	g.updateCrowd()
	if g.stalled.Len() > 0 {
		return
	}
	g.rate.Stop(&g.pool.clock)
	g.pool.stalls.Remove(&g.stalls)
}

// letIn returns as many tasks to the queue as may start, of g and of the groups around it.
func (g *Group) letIn() {
	g.letBack()
	for ; g != nil; g = g.outer {
		g.letSome()
	}
}

// letSome returns as many tasks to the queue as there is room for, and as may start by the rate.
func (g *Group) letSome() {
	for g.stalled.Len() > 0 && !g.full() {
		n := g.ahead()
		if !g.hasRoom(n) || !g.rate.Allows(&g.pool.clock, n) {
			return
		}
		t, _ := g.stalled.Next(0, false)
		x := t.extra()
		g.pool.ready.Keep(&x.node, func() {
			g.stalled.Let(&x.node)
			g.unstall(x)
			g.let.Add(x.common.Priority)
			x.lets++
			g.pool.requeue(t, x)
		})
	}
}

// hasRoom reports whether there is room for the next of those that wait, beside the n that keep
// some. These must not be more than a burst, either: more could not start at once.
func (g *Group) hasRoom(n int) bool {
	return (g.cfg.Limit == 0 || g.atWork+n < g.cfg.Limit) && (!g.rate.On() || n < g.cfg.Rate.Burst)
}

// ahead returns how many keep room that the next of those that wait must not take. Those of lower
// priority start after it: one of them may wait for a slot behind tasks that have nothing to do
// with the group.
func (g *Group) ahead() int {
	priority, _ := g.stalled.Priority(false)
	return g.let.From(priority)
}

// SetLimit sets how many members may run at once.
func (g *Group) SetLimit(n int) {
	p := g.pool
	p.mu.Lock()
	g.cfg.Limit = n
	g.updateCrowd()
	g.letIn()
	p.unlock()
}
