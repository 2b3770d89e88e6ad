package sched

import (
	"slices"
	"sort"
	"time"
)

// ages tells when tasks were submitted, closely enough: a clock for each submission
// would cost a fifth of an empty task. So the time is noted while few are in the queue, and
// for one in markEvery of the others.
type ages struct{ marks []mark }

type mark struct {
	order  uint64
	at     time.Duration
	needed bool // by a pending task: while marks are tidied
}

// Up to how many plain tasks in the queue, and how many pending ones of all kinds there, each one
// gets a mark, how many of the others share one, and how many tasks there are for each mark before
// marks are looked through.
const (
	markAlways = 8
	markRich   = 32
	markEvery  = 64
	markShare  = 8
)

// noteAge may mark the last submission, which is pending.
func (p *Pool) noteAge() {
	queued := p.life.tasks - p.slots.running() - p.slots.waiting() - p.deferred.Len() - p.delayed
	if queued <= markRich || p.order%markEvery == 0 {
		p.markAge()
	}
}

// markAge notes when the last submission was.
func (p *Pool) markAge() {
	if n := len(p.ages.marks); n == cap(p.ages.marks) && n > markAlways+p.life.tasks/markShare {
		p.tidyMarks()
	}
	p.ages.marks = append(p.ages.marks, mark{order: p.order, at: p.now()})
}

// tidyMarks drops the marks that no pending task needs. It is called when the slice is full,
// and has more than one mark for markShare tasks. If it still is more than half full then, it
// grows. So tidyMarks costs O(1) per mark.
func (p *Pool) tidyMarks() {
	a := &p.ages
	p.eachPending(func(t *Task) { a.marks[max(a.find(t.Order()), 0)].needed = true })
	a.marks = slices.DeleteFunc(a.marks, func(m mark) bool { return !m.needed })
	for i := range a.marks {
		a.marks[i].needed = false
	}
	if n := cap(a.marks); len(a.marks) > n/2 {
		a.marks = slices.Grow(a.marks, n)
	}
}

// find returns the index of the last mark that is not after order, or -1.
func (a *ages) find(order uint64) int {
	return sort.Search(len(a.marks), func(i int) bool { return a.marks[i].order > order }) - 1
}

// of returns how old the task with this order is.
func (a *ages) of(order uint64, now time.Duration) time.Duration {
	if len(a.marks) == 0 {
		return 0
	}
	return max(now-a.marks[max(a.find(order), 0)].at, 0)
}

// firstOrder returns the order of the first pending task that is in the queue.
func (p *Pool) firstOrder() uint64 {
	first := p.order
	p.head() // takes out what does not wait in fifo any more
	if t := p.fifo.First(); t != nil {
		first = min(first, t.Order())
	}
	p.eachAside(func(t *Task) {
		if x := t.extra(); t.Pending() && x.inQueue() && !x.unplaced {
			first = min(first, t.Order())
		}
	})
	return first
}
