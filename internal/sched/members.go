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

// link lists a group that has got its first member, or blocked submitter, in the one around it.
func (g *Group) link() {
	if g.outer == nil || g.left+g.entering != 1 {
		return
	}
	if g.outer.inner == nil {
		g.outer.inner = make(map[*Group]struct{})
	}
	g.outer.inner[g] = struct{}{}
}

// unlink takes a group that has lost its last one off that list.
func (g *Group) unlink() {
	if g.outer != nil && g.left+g.entering == 0 {
		delete(g.outer.inner, g)
	}
}

// block says that the submitter of x is blocked, and unblock that it is not any more.
func (g *Group) block(x *Extra) {
	g.blocked.Push(x)
	for ; g != nil; g = g.outer {
		g.entering++
		g.link()
	}
}

func (g *Group) unblock(x *Extra) {
	g.blocked.Remove(x)
	for ; g != nil; g = g.outer {
		g.entering--
		g.unlink()
	}
}

// tasks yields the members of the group, and of those over it.
func (g *Group) tasks() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		g.each(yield)
	}
}

// each is tasks. It reports false if yield has.
func (g *Group) each(yield func(*Task) bool) bool {
	for _, l := range []*members{&g.pending, &g.running} {
		for x := range l.All() {
			if !yield(x.node.Value) {
				return false
			}
		}
	}
	for h := range g.inner {
		if !h.each(yield) {
			return false
		}
	}
	return true
}
