package sched

import "iter"

// members is a list of tasks of a group, in order of submission.
type members struct {
	head, tail *Extra
	n          int
}

func (l *members) push(x *Extra) {
	x.gprev, x.gnext = l.tail, nil
	if l.tail != nil {
		l.tail.gnext = x
	} else {
		l.head = x
	}
	l.tail = x
	l.n++
}

func (l *members) remove(x *Extra) {
	if x.gprev != nil {
		x.gprev.gnext = x.gnext
	} else {
		l.head = x.gnext
	}
	if x.gnext != nil {
		x.gnext.gprev = x.gprev
	} else {
		l.tail = x.gprev
	}
	x.gprev, x.gnext = nil, nil
	l.n--
}

// first returns the first task, or nil.
func (l *members) first() *Task {
	if l.head == nil {
		return nil
	}
	return l.head.node.Value
}

// all goes through the list. The loop may remove the task that it is at.
func (l *members) all() iter.Seq2[*Task, *Extra] {
	return func(yield func(*Task, *Extra) bool) {
		for x := l.head; x != nil; {
			next := x.gnext
			if !yield(x.node.Value, x) {
				return
			}
			x = next
		}
	}
}

// each calls f with the members of the group, and of those over it, until f reports true.
func (g *Group) each(f func(*Task) bool) bool {
	for _, l := range []*members{&g.pending, &g.running} {
		for t := range l.all() {
			if f(t) {
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
