package sched

import "iter"

// members is a list of tasks of a group, in order of submission. It is no queue.List, whose links
// hold the value, too: a task with options would be of the next size, see TestBytesOfTask.
type members struct{ first, last *Extra }

// First returns the first member, or nil.
func (l *members) First() *Extra { return l.first }

// Push adds x behind all others.
func (l *members) Push(x *Extra) {
	if x.prev = l.last; x.prev != nil {
		x.prev.next = x
	} else {
		l.first = x
	}
	l.last = x
}

// Remove takes x out, which must be in the list.
func (l *members) Remove(x *Extra) {
	if x.prev != nil {
		x.prev.next = x.next
	} else {
		l.first = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	} else {
		l.last = x.prev
	}
	x.next, x.prev = nil, nil
}

// All yields the members in order. The loop may remove the one that it is at.
func (l *members) All() iter.Seq[*Extra] {
	return func(yield func(*Extra) bool) {
		for x := l.first; x != nil; {
			next := x.next
			if !yield(x) {
				return
			}
			x = next
		}
	}
}

// open lists g, which is new, in the group around it, whose end is the end of g. If that has ended,
// g ends at once.
func (g *Group) open() {
	switch {
	case g.outer == nil || g.why != nil: // nothing is around it, or its context has ended since it was made
	case g.set != nil && g.outer.over(): // a map is refused with its first item, as by a closed pool: without items it is complete
	case g.outer.refusal() == nil:
		g.list = &g.outer.empty
		g.list.Push(g, &g.links)
		g.countMap(1)
	default:
		g.end(g.outer.refusal())
	}
}

// relist moves g to the list that it belongs to, after it has got a member, or a blocked submitter, or
// has lost one, or has ended. It is over when it has ended, or Wait has closed it, and it has none.
func (g *Group) relist() {
	if g.list == nil {
		return
	}
	to := &g.outer.empty
	switch {
	case g.left+g.entering > 0:
		to = &g.outer.inner
	case g.why != nil:
		to = nil
	}
	if to == g.list {
		return
	}
	g.list.Remove(&g.links)
	if g.list = to; to != nil {
		to.Push(g, &g.links)
	} else {
		g.countMap(-1)
	}
}

// countMap counts g, if it is the group of a map, in those around it.
func (g *Group) countMap(n int) {
	if g.set == nil {
		return
	}
	for h := g.outer; h != nil; h = h.outer {
		h.maps += n
		h.updateCrowd()
	}
}

// all yields g and the groups over it, those in the lists of empty ones only if empty is true.
func (g *Group) all(empty bool) iter.Seq[*Group] {
	return func(yield func(*Group) bool) { g.walk(empty, yield) }
}

// walk is all. It reports false if yield has.
func (g *Group) walk(empty bool, yield func(*Group) bool) bool {
	if !yield(g) {
		return false
	}
	for h := range g.inner.All() {
		if !h.walk(empty, yield) {
			return false
		}
	}
	if empty {
		for h := range g.empty.All() {
			if !h.walk(empty, yield) {
				return false
			}
		}
	}
	return true
}

// block says that the submitter of x is blocked, and unblock that it is not any more.
func (g *Group) block(x *Extra) {
	g.blocked.Push(x)
	for ; g != nil; g = g.outer {
		g.entering++
		g.relist()
	}
}

func (g *Group) unblock(x *Extra) {
	g.blocked.Remove(x)
	for ; g != nil; g = g.outer {
		g.entering--
		g.relist()
	}
}

// tasks yields the members of the group, and of those over it.
func (g *Group) tasks() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		for h := range g.all(false) {
			for _, l := range [...]*members{&h.pending, &h.running} {
				for x := range l.All() {
					if !yield(x.node.Value) {
						return
					}
				}
			}
		}
	}
}
