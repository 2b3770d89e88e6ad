package sched

import "iter"

// A task that waits for a permit keeps what it holds. So what has to run before the permit can be
// short of that: of a slot, of weight, or of room in a group. It then waits for the tasks that keep
// it. All others give back what they hold, because they lend it while they wait, or end.

// A resource is something of which tasks at work hold some, and of which there is so much.
type resource struct {
	max int64
	of  func(*Task) int64 // how much the task holds while it is at work
}

// keepers returns the tasks that wait for permits and keep what they hold.
func (p *Pool) keepers() (all []*Task) {
	seen := make(map[*Task]bool, len(p.acquires))
	for _, a := range p.acquires {
		if t := a.waiter(); t != nil && !t.lent() && !seen[t] {
			seen[t] = true
			all = append(all, t)
		}
	}
	return all
}

// left returns what the keepers leave of r.
func (r resource) left(keepers []*Task) int64 {
	n := r.max
	for _, k := range keepers {
		n -= r.of(k)
	}
	return n
}

// slot, weight and room are the resources of the pool and of its groups.
func (p *Pool) slot() resource {
	return resource{int64(p.slots.n), func(t *Task) int64 {
		if t.extra().isBeyond() {
			return 0
		}
		return 1
	}}
}

func (p *Pool) weight() resource { return resource{p.weights.max, (*Task).weight} }

func (g *Group) room() resource {
	return resource{int64(g.cfg.Limit), func(t *Task) int64 {
		for h := t.group(); h != nil; h = h.outer {
			if h == g {
				return 1
			}
		}
		return 0
	}}
}

// needs yields the resources that t has to take before it goes on, none if it is at work.
func (p *Pool) needs(t *Task) iter.Seq[resource] {
	return func(yield func(resource) bool) {
		x := t.extra()
		if !t.Pending() && !t.lent() && !t.rests() || x.isSpare() || !x.beside(p) && !yield(p.slot()) {
			return
		}
		if p.weights.max > 0 && !yield(p.weight()) {
			return
		}
		for g := x.memberOf(); g != nil; g = g.outer {
			if g.cfg.Limit > 0 && !yield(g.room()) {
				return
			}
		}
	}
}

// isSpare reports whether the task is a runner that is not needed, because others of its map are at
// work or there is nothing for it to do.
func (x *Extra) isSpare() bool {
	return x.isRunner() && (x.more.items.group.running.First() != nil || !x.more.items.Loop.More())
}

// beside reports whether the task runs beside the slots, or will.
func (x *Extra) beside(p *Pool) bool {
	return x.isBeyond() || x != nil && x.entering && p.entrantsOf(x) == 1
}

// shortages yields, for each resource that t needs and that keepers do not leave, those that keep
// some: one of them has to end before t can go on, and each that alone keeps too much.
func (p *Pool) shortages(t *Task, keepers []*Task) iter.Seq[iter.Seq[*Task]] {
	return func(yield func(iter.Seq[*Task]) bool) {
		for r := range p.needs(t) {
			n := r.of(t)
			if r.left(keepers) >= n {
				continue
			}
			some := func(yield func(*Task) bool) {
				for _, k := range keepers {
					if r.of(k) > 0 && !yield(k) {
						return
					}
				}
			}
			for k := range some {
				if r.max-r.of(k) < n && !yield(only(k)) {
					return
				}
			}
			if !yield(some) {
				return
			}
		}
	}
}
