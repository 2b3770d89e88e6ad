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

// each calls f with the members of the group, and of those over it, until f reports true.
func (g *Group) each(f func(*Task) bool) bool {
	for _, l := range []*members{&g.pending, &g.running} {
		for x := range l.All() {
			if f(x.node.Value) {
				return true
			}
		}
	}
	for h := range g.inner {
		if h.each(f) {
			return true
		}
	}
	return false
}

// tasks yields what each goes through. Unlike each it makes what the loop refers to escape.
func (g *Group) tasks() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		g.each(func(t *Task) bool { return !yield(t) })
	}
}
