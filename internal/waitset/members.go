package waitset

import (
	"cmp"
	"iter"
	"slices"
)

// Members are the tasks that a wait is for, in order of submission. Mostly those that were
// submitted first start and settle first, so what has started or settled at the front is looked
// at once.
type Members[T Member] struct {
	all     []member[T]
	left    int // that have not settled
	started int // the members before it have started
	settled int // the members before it have settled
}

// A Member is a task of which a wait may be a member twice.
type Member interface {
	comparable
	Order() uint64
	Pending() bool
	Settled() bool
}

// A member has no task any more when that has settled: a task that was yielded must not be kept
// by the wait for the others.
type member[T Member] struct {
	order uint64
	task  T
}

// Add adds a task that has not settled. Sort is to be called after the last one.
func (m *Members[T]) Add(t T) {
	m.all = append(m.all, member[T]{t.Order(), t})
	m.left++
}

// Sort puts the members in order.
func (m *Members[T]) Sort() {
	slices.SortFunc(m.all, func(a, b member[T]) int { return cmp.Compare(a.order, b.order) })
}

// Left returns how many have not settled.
func (m *Members[T]) Left() int { return m.left }

// Settle lets go of t, which has settled, wherever it is a member.
func (m *Members[T]) Settle(t T) {
	m.left--
	order := t.Order()
	i, _ := slices.BinarySearchFunc(m.all, order, func(m member[T], order uint64) int { return cmp.Compare(m.order, order) })
	for ; i < len(m.all) && m.all[i].order == order; i++ {
		var none T
		m.all[i].task = none
	}
}

// Open yields those that have not settled.
func (m *Members[T]) Open() iter.Seq[T] {
	return func(yield func(T) bool) {
		for m.settled < len(m.all) && m.all[m.settled].hasSettled() {
			m.settled++
		}
		for _, at := range m.all[m.settled:] {
			if !at.hasSettled() && !yield(at.task) {
				return
			}
		}
	}
}

// Pending yields those that have not started.
func (m *Members[T]) Pending() iter.Seq[T] {
	return func(yield func(T) bool) {
		for m.started < len(m.all) && !m.all[m.started].isPending() {
			m.started++
		}
		for _, at := range m.all[m.started:] {
			if at.isPending() && !yield(at.task) {
				return
			}
		}
	}
}

func (m member[T]) hasSettled() bool {
	var none T
	return m.task == none || m.task.Settled()
}

func (m member[T]) isPending() bool {
	var none T
	return m.task != none && m.task.Pending()
}
