package sched

import (
	"cmp"
	"iter"
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A several is what a wait for a set is for: the tasks of the set that had not settled when it
// was made, and are tasks of the pool, in order of submission. Mostly those that were submitted
// first start and settle first, so what has started or settled at the front is looked at once.
type several struct {
	all     []one
	left    int // that have not settled
	started int // those before it have started
	settled int // those before it have settled
	set     *waitset.Set
	beside  bool // some of the set were not tasks of the pool
	watches bool // the set tells when the last of those has settled
	checked bool // that a wait for all of them can end was looked at
}

// A one is one of several. It has no task any more when that has settled: a task that was yielded
// must not be kept by the wait for the others. A task may be there twice.
type one struct {
	order uint64
	task  *Task
}

func newSeveral(p *Pool, set *waitset.Set, open []waitset.Task) *several {
	m := &several{set: set}
	for _, one := range open {
		switch t := one.(*Task); {
		case t.Settled():
		case t.pool() == p:
			t.Add(outcome.Joined)
			m.add(t)
		default:
			m.beside = true
		}
	}
	m.sort()
	return m
}

// add adds a task that has not settled. sort is to be called after the last one.
func (m *several) add(t *Task) {
	m.all = append(m.all, one{t.Order(), t})
	m.left++
}

func (m *several) sort() {
	slices.SortFunc(m.all, func(a, b one) int { return cmp.Compare(a.order, b.order) })
}

// settle lets go of t, which has settled, wherever it is.
func (m *several) settle(t *Task) {
	m.left--
	order := t.Order()
	i, _ := slices.BinarySearchFunc(m.all, order, func(o one, order uint64) int { return cmp.Compare(o.order, order) })
	for ; i < len(m.all) && m.all[i].order == order; i++ {
		m.all[i].task = nil
	}
}

// open yields those that have not settled.
func (m *several) open() iter.Seq[*Task] {
	return from(m.all, &m.settled, func(o one) bool { return o.task != nil && !o.task.Settled() })
}

// pending yields those that have not started.
func (m *several) pending() iter.Seq[*Task] {
	return from(m.all, &m.started, func(o one) bool { return o.task != nil && o.task.Pending() })
}

// from yields those of all that count, from first on, which it moves to the first of them.
func from(all []one, first *int, counts func(one) bool) iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		for *first < len(all) && !counts(all[*first]) {
			*first++
		}
		for _, o := range all[*first:] {
			if counts(o) && !yield(o.task) {
				return
			}
		}
	}
}

// besideOpen reports whether one that is not a task of the pool may still end the wait.
func (m *several) besideOpen() bool { return m.beside && (!m.watches || m.set.Watched() > 0) }

// watch makes the set tell when the last of what is not a task of the pool has settled: that may leave
// nothing that can end the wait.
func (m *several) watch(p *Pool) {
	if m.beside && m.set.Until() != waitset.Every {
		m.watches = true
		m.set.Watch(func(t waitset.Task) bool { return t.(*Task).pool() != p })
	}
}
