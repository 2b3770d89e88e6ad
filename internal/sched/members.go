package sched

import (
	"iter"

	"github.com/millrace-go/millrace/internal/queue"
)

// members is a list of tasks of a group, in order of submission.
type members = queue.List[Extra]

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
