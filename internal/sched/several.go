package sched

import (
	"cmp"
	"iter"
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A several is what a wait for a set is for: the tasks of the set that had not settled when it
// was made, and are tasks of the pool.
type several struct {
	set     *waitset.Set
	until   waitset.Until
	members []member // in order of submission
	left    int      // that have not settled
	started int      // the members before it have started
	settled int      // the members before it have settled
	beside  bool     // one of the set is not a task of the pool, and may end the wait
	checked bool     // that a wait for all of them can end was looked at
}

// A member is a task that a wait is for. The task is nil when that has settled: a future
// that was yielded must not be kept by the wait for the others.
type member struct {
	order uint64
	task  *Task
}

func newSeveral(p *Pool, set *waitset.Set, open []waitset.Task) *several {
	m := &several{set: set, until: set.Until()}
	for _, one := range open {
		switch t := one.(*Task); {
		case t.Settled():
		case t.pool() == p:
			t.Add(outcome.Joined)
			m.members = append(m.members, member{t.Order(), t})
		default:
			m.beside = true
		}
	}
	slices.SortFunc(m.members, func(a, b member) int { return cmp.Compare(a.order, b.order) })
	m.left = len(m.members)
	return m
}

// settle lets go of t, a member that has settled.
func (m *several) settle(t *Task) {
	m.left--
	order := t.Order()
	i, _ := slices.BinarySearchFunc(m.members, order, func(m member, order uint64) int { return cmp.Compare(m.order, order) })
	for ; i < len(m.members) && m.members[i].order == order; i++ {
		m.members[i].task = nil
	}
}

// open yields the members that have not settled.
func (m *several) open() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		settled := func(i int) bool { t := m.members[i].task; return t == nil || t.Settled() }
		for m.settled < len(m.members) && settled(m.settled) {
			m.settled++
		}
		for i := m.settled; i < len(m.members); i++ {
			if !settled(i) && !yield(m.members[i].task) {
				return
			}
		}
	}
}

// first is Wait.first.
func (m *several) first(p *Pool, c *chase) *Task {
	pending := func(i int) bool { t := m.members[i].task; return t != nil && t.Pending() }
	for m.started < len(m.members) && !pending(m.started) {
		m.started++
	}
	for i := m.started; i < len(m.members); i++ {
		if c.over() {
			return nil
		}
		if pending(i) && c.finds(m.members[i].task) {
			return m.members[i].task
		}
	}
	if !p.anyHoldsUp() {
		return nil
	}
	for _, one := range m.members {
		if t := one.task; t != nil && p.holdsUp(t) && c.finds(t) {
			return t
		}
	}
	return nil
}
