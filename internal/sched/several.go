package sched

import (
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A several is what a wait for a set is for: the tasks of the set that had not settled when it
// was made, and are tasks of the pool.
type several struct {
	waitset.Members[*Task]
	set     *waitset.Set
	until   waitset.Until
	beside  bool // one of the set is not a task of the pool, and may end the wait
	checked bool // that a wait for all of them can end was looked at
}

func newSeveral(p *Pool, set *waitset.Set, open []waitset.Task) *several {
	m := &several{set: set, until: set.Until()}
	for _, one := range open {
		switch t := one.(*Task); {
		case t.Settled():
		case t.pool() == p:
			t.Add(outcome.Joined)
			m.Add(t)
		default:
			m.beside = true
		}
	}
	m.Sort()
	return m
}

// first is Wait.first.
func (m *several) first(p *Pool, c *chase) *Task {
	for t := range m.Pending() {
		switch {
		case c.over():
			return nil
		case c.finds(t):
			return t
		}
	}
	if !p.anyHoldsUp() {
		return nil
	}
	for t := range m.Open() {
		if p.holdsUp(t) && c.finds(t) {
			return t
		}
	}
	return nil
}
