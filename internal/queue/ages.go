package queue

import (
	"slices"
	"sort"
	"time"
)

// Ages tells when values got their numbers, closely enough: the time of a few of them is noted,
// and that of the others is taken to be that of the one noted before. The zero value has noted
// nothing.
type Ages struct{ marks []mark }

type mark struct {
	order  uint64
	at     time.Duration
	needed bool // while marks are tidied
}

// Note notes when the value with this number got it. Numbers must rise.
func (a *Ages) Note(order uint64, at time.Duration) {
	a.marks = append(a.marks, mark{order: order, at: at})
}

// Clear forgets all times.
func (a *Ages) Clear() {
	if a.marks = a.marks[:0]; cap(a.marks) > keepValues {
		a.marks = nil // a burst has needed many
	}
}

// Of returns how old the value with this number is.
func (a *Ages) Of(order uint64, now time.Duration) time.Duration {
	if len(a.marks) == 0 {
		return 0
	}
	return max(now-a.marks[a.find(order)].at, 0)
}

// find returns the index of the last mark that is not after order, 0 if all are.
func (a *Ages) find(order uint64) int {
	return max(sort.Search(len(a.marks), func(i int) bool { return a.marks[i].order > order })-1, 0)
}

// Len returns how many times are noted.
func (a *Ages) Len() int { return len(a.marks) }

// Full reports whether Note would have to make more room.
func (a *Ages) Full() bool { return len(a.marks) == cap(a.marks) }

// Tidy forgets the times that no number needs of those with which each calls used. It is to be
// called when Ages is full. If it still is more than half full then, it grows. So Tidy costs O(1)
// for each note.
func (a *Ages) Tidy(each func(used func(order uint64))) {
	each(func(order uint64) { a.marks[a.find(order)].needed = true })
	a.marks = slices.DeleteFunc(a.marks, func(m mark) bool { return !m.needed })
	for i := range a.marks {
		a.marks[i].needed = false
	}
	if n := cap(a.marks); len(a.marks) > n/2 {
		a.marks = slices.Grow(a.marks, n)
	}
}
