package sched

import "math"

// A task that is next in the queue and finds one of its groups full, or its group's rate
// used up, is put aside in that group, which keeps the order of the queue. When there is
// room the task returns to its place in the queue. So it holds back no other task and
// costs nothing meanwhile. Members that lend their slot do not count.

// limitGate is the limits and rates of groups.
type limitGate struct{ p *Pool }

func (l limitGate) try(t *Task, x *Extra) verdict {
	if g := x.memberOf().fullOne(); g != nil {
		g.stall(t, x, stalled)
		return aside
	}
	for g := x.memberOf(); g != nil; g = g.outer {
		if !g.rate.ready(l.p) {
			g.stall(t, x, rated)
			g.nextRated(l.p, nil)
			return aside
		}
	}
	return passed
}

func (l limitGate) take(_ *Task, x *Extra) {
	for g := x.memberOf(); g != nil; g = g.outer {
		if g.at++; g.cfg.Limit > 0 && g.at > g.cfg.Limit {
			g.updateCrowd()
		}
	}
}

func (l limitGate) give(_ *Task, x *Extra) {
	for g := x.memberOf(); g != nil; g = g.outer {
		if g.at--; g.crowd.Load() != nobody {
			g.updateCrowd()
		}
	}
	x.memberOf().letIn()
}

// fullOne returns g, or a group around it, that has no room for one more, or nil.
func (g *Group) fullOne() *Group {
	for ; g != nil; g = g.outer {
		if g.cfg.Limit > 0 && g.at >= g.cfg.Limit {
			break
		}
	}
	return g
}

// stall puts t, which may be next, aside at g.
func (g *Group) stall(t *Task, x *Extra, why stage) {
	p := g.pool
	p.unqueue(t, x)
	x.at, x.stalledAt = why, g
	x.node.Order = t.Order()
	g.parked(why).Push(&x.node, x.priority(), x.flow())
	if p.stalls == nil {
		p.stalls = make(map[*Group]struct{})
	}
	p.stalls[g] = struct{}{}
	if why == stalled {
		if !x.ofMap() {
			g.queued++
		}
		g.updateCrowd()
	}
}

// updateCrowd stores in Group.crowd what the runners of maps over g have to give way to:
// members that wait for the limit, or a limit that was lowered to less than what runs.
// With only one map, its own runners that wait for the limit do not count.
func (g *Group) updateCrowd() {
	w := uint64(nobody)
	switch {
	case g.cfg.Limit > 0 && g.at > g.cfg.Limit:
		w = math.MaxUint64
	case g.queued > 0, len(g.runners) > 1 && g.stalled.Len() > 0:
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

// unstall takes a member out of what it waits in, if back has not.
func (g *Group) unstall(x *Extra) {
	g.parked(x.at).Remove(&x.node)
	x.stalledAt = nil
	if x.at == stalled {
		if !x.ofMap() {
			g.queued--
		}
		g.updateCrowd()
	}
	if g.rated.Len() == 0 {
		g.pool.clock.stop(&g.rate.alarm)
	}
	if g.stalled.Len()+g.rated.Len() == 0 {
		if delete(g.pool.stalls, g); len(g.pool.stalls) == 0 {
			g.pool.stalls = nil // a Go map never shrinks
		}
	}
}

// letIn returns as many tasks to the queue as there is room for, in g and in the groups
// around it, and the next one that may start by their rates.
func (g *Group) letIn() {
	for ; g != nil; g = g.outer {
		room := g.stalled.Len()
		if g.cfg.Limit > 0 {
			room = min(room, g.cfg.Limit-g.at)
		}
		for ; room > 0; room-- {
			g.back(stalled)
		}
		g.nextRated(g.pool, nil)
	}
}

// back returns the first task that waits for why to the queue.
func (g *Group) back(why stage) {
	t, ok := g.parked(why).Next(0, false)
	if !ok {
		return
	}
	x := t.extra()
	g.parked(why).Took(&x.node)
	g.unstall(x)
	g.pool.requeue(t, x)
}

// SetLimit sets how many members may run at once.
func (g *Group) SetLimit(n int) {
	p := g.pool
	p.mu.Lock()
	g.cfg.Limit = n
	g.updateCrowd()
	g.letIn()
	p.admit()
	p.unlock()
}
