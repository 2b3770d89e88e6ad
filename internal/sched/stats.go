package sched

import (
	"slices"
	"sort"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// Counts are what has happened since a pool, or a group, was made.
type Counts struct {
	Submitted, Succeeded, Failed, Panicked, Cancelled, Refused, CallbackPanics uint64
}

// outcome counts a task that has settled: of a runner the items that it has run, and no item
// that has not started.
func (c *Counts) outcome(t *Task, x *Extra, state outcome.State) {
	switch {
	case x.isRunner():
		done := &x.more.runner.done
		c.Submitted += done.Succeeded + done.Failed
		c.Succeeded += done.Succeeded
		c.Failed += done.Failed
		c.Panicked += done.Panicked
	case x.ofMap() && state == outcome.Cancelled:
	case state == outcome.Succeeded:
		c.Succeeded++
	case state == outcome.Cancelled:
		c.Cancelled++
	default:
		c.Failed++
		if t.Panicked() {
			c.Panicked++
		}
	}
}

// lose counts a task that was submitted and cannot run.
func (c *Counts) lose() {
	c.Submitted++
	c.Cancelled++
}

// refuse counts a task that was not taken.
func (c *Counts) refuse() { c.Refused++ }

// Stats is one consistent snapshot of a pool, or of the members of a group.
type Stats struct {
	Counts
	Name                                                    string
	Workers, Goroutines, Running, Waiting, Queued, Deferred int
	Blocked, QueueLimit                                     int // no limit: options.Unbounded
	Weight, MaxWeight                                       int64
	OldestQueued                                            time.Duration
	DroppedObservers                                        int
}

// Stats returns a snapshot. Most of it is derived, so that its sums cannot fail.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.unlock()
	s := Stats{
		Counts:     p.count,
		Name:       p.cfg.Name,
		Workers:    p.slots.n,
		Goroutines: len(p.workers.all),
		Running:    p.slots.running(),
		Waiting:    p.slots.waiting(),
		Queued:     p.places(),
		Deferred:   p.waitsBefore(),
		Blocked:    p.entries.Len() - p.late,
		QueueLimit: p.cfg.Queue,
		Weight:     p.weights.held,
		MaxWeight:  p.cfg.MaxWeight,
	}
	s.Submitted += uint64(p.workers.runners) // a runner is at an item
	if s.Queued > 0 {
		s.OldestQueued = p.ages.of(p.firstOrder(), p.now())
	}
	if p.cfg.Observer != nil {
		s.DroppedObservers = p.cfg.Observer.Dropped()
	}
	return s
}

// Stats returns a snapshot of the members.
func (g *Group) Stats() Stats {
	p := g.pool
	p.mu.Lock()
	defer p.unlock()
	s := Stats{Counts: g.count, Name: p.cfg.Name, Workers: p.slots.n, QueueLimit: options.Unbounded}
	if g.cfg.Limit > 0 {
		s.Workers = min(s.Workers, g.cfg.Limit)
	}
	g.tally(&s)
	return s
}

// tally adds up where the members stand.
func (g *Group) tally(s *Stats) {
	p := g.pool
	for t, x := range g.running.all() {
		if x.ofMap() {
			s.Submitted++
		}
		if x.rests() || t.lent() {
			s.Waiting++
			continue
		}
		s.Running++
		s.Weight += t.weight()
	}
	for t, x := range g.pending.all() {
		switch {
		case x.ofMap():
		case x.at == deferred || x.at == delayed || x.entering:
			s.Deferred++
		default:
			s.Queued++
			s.OldestQueued = max(s.OldestQueued, p.ages.of(t.Order(), p.now()))
		}
	}
	p.entries.Each(func(t *Task) {
		if x := t.extra(); !x.taken && x.group == g {
			s.Blocked++
		}
	})
	for h := range g.inner {
		h.tally(s)
	}
}

// ages tells when tasks were submitted, closely enough: a clock for each submission
// would cost a fifth of an empty task. So the time is noted for the first few in the
// queue, and for one in markEvery of the others.
type ages struct{ marks []mark }

type mark struct {
	order  uint64
	at     time.Duration
	needed bool // by a pending task: while marks are tidied
}

// How many queued tasks get a mark each, how many of the others share one, and how many tasks
// there are for each mark before marks are looked through.
const (
	markAlways = 8
	markEvery  = 64
	markShare  = 8
)

// noteAge may mark a task that is in the queue from now on.
func (p *Pool) noteAge(x *Extra) {
	if x != nil && (x.at < behindKey || x.entering) {
		return
	}
	if p.fifo.Len()+p.ready.Len() <= markAlways || p.order%markEvery == 0 {
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
		if x := t.extra(); t.Pending() && x.at != delayed && !x.entering && !x.ofMap() {
			first = min(first, t.Order())
		}
	})
	return first
}
