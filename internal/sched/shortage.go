package sched

import "iter"

// A task that waits for a permit keeps what it holds. So what has to run before the permit can be
// short of that: of a slot, of weight, or of room in a group. It then waits for the tasks that keep
// it. All others give back what they hold, because they lend it while they wait, or end.

// A resource is something of which tasks at work hold some, and of which there is so much.
type resource struct {
	what any // tells it from the others
	max  int64
	of   func(*Task) int64 // how much the task holds while it is at work
}

// kept is what tasks keep that wait for permits.
type kept struct {
	by   []*Task
	sums map[any]int64 // how much of each resource, of those that were asked for
}

func (p *Pool) kept() kept {
	if len(p.acquires) == 0 {
		return kept{}
	}
	k := kept{sums: make(map[any]int64)}
	seen := make(map[*Task]bool, len(p.acquires))
	for _, a := range p.acquires {
		if t := a.waiter(); t != nil && !t.lent() && !seen[t] {
			seen[t] = true
			k.by = append(k.by, t)
		}
	}
	return k
}

// left returns what they leave of r.
func (k *kept) left(r resource) int64 {
	sum, asked := k.sums[r.what]
	if !asked && len(k.by) > 0 {
		for _, t := range k.by {
			sum += r.of(t)
		}
		k.sums[r.what] = sum
	}
	return r.max - sum
}

// slot, weight and room are the resources of the pool and of its groups.
func (p *Pool) slot() resource {
	return resource{&p.slots, int64(p.slots.n), func(t *Task) int64 {
		if t.extra().isBeyond() {
			return 0
		}
		return 1
	}}
}

func (p *Pool) weight() resource { return resource{&p.weights, p.weights.max, (*Task).weight} }

func (g *Group) room() resource {
	return resource{g, int64(g.cfg.Limit), func(t *Task) int64 {
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
		if !t.Pending() && !t.lent() && !t.rests() || t.isSpare() || !x.beside(p) && !yield(p.slot()) {
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

// isSpare reports whether the task is a runner that need not start, because others of its map are at
// work or there is nothing for it to do.
func (t *Task) isSpare() bool {
	x := t.extra()
	return t.Pending() && x.isRunner() && (x.more.items.group.running.First() != nil || !x.more.items.Loop.More())
}

// beside reports whether the task runs beside the slots, or will.
func (x *Extra) beside(p *Pool) bool {
	return x.isBeyond() || x != nil && x.entering && p.entrantsOf(x) == 1
}

// shortages yields, for each resource that t needs and of which k does not leave enough, the tasks that
// keep some: one of them has to end before t can go on, and each that alone keeps too much.
func (p *Pool) shortages(t *Task, k *kept) iter.Seq[iter.Seq[*Task]] {
	return func(yield func(iter.Seq[*Task]) bool) {
		for r := range p.needs(t) {
			n := r.of(t)
			if k.left(r) >= n {
				continue
			}
			some := func(yield func(*Task) bool) {
				for _, t := range k.by {
					if r.of(t) > 0 && !yield(t) {
						return
					}
				}
			}
			for t := range some {
				if r.max-r.of(t) < n && !yield(only(t)) {
					return
				}
			}
			if !yield(some) {
				return
			}
		}
	}
}
