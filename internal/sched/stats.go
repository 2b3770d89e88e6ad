package sched

import (
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
	defer p.unlockAsIs()
	looking := p.workers.looking()
	s := Stats{
		Counts:     p.count,
		Name:       p.cfg.Name,
		Workers:    p.slots.n,
		Goroutines: len(p.workers.all),
		Running:    p.slots.running() - looking,
		Waiting:    p.slots.waiting(),
		Queued:     p.places(),
		Deferred:   p.waitsBefore(),
		Blocked:    p.entries.Len() - p.late,
		QueueLimit: p.cfg.Queue,
		Weight:     p.weights.held,
		MaxWeight:  p.cfg.MaxWeight,
	}
	s.Submitted += uint64(p.workers.runners - looking) // each is at an item, or has been
	if s.Queued > 0 {
		s.OldestQueued = p.ages.Of(p.firstOrder(), p.now())
	}
	if p.cfg.Observer != nil {
		s.DroppedObservers = p.cfg.Observer.Dropped()
	}
	return s
}

// looking returns how many runners have not begun an item yet. They do not count: one that
// finds none would leave Submitted lower than it was.
func (ws *workers) looking() int {
	n := ws.runners
	if n == 0 {
		return 0
	}
	for _, w := range ws.all {
		if w.task != nil && w.task.extra().isRunner() && w.task.extra().more.runner.began.Load() {
			n--
		}
	}
	return n
}

// Stats returns a snapshot of the members.
func (g *Group) Stats() Stats {
	p := g.pool
	p.mu.Lock()
	defer p.unlockAsIs()
	s := Stats{Counts: g.count, Name: p.cfg.Name, Workers: p.slots.n, QueueLimit: options.Unbounded, Blocked: g.entering}
	if g.cfg.Limit > 0 {
		s.Workers = min(s.Workers, g.cfg.Limit)
	}
	for h := range g.all(false) {
		h.tally(&s)
	}
	return s
}

// tally adds up where the members stand.
func (g *Group) tally(s *Stats) {
	p := g.pool
	for x := range g.running.All() {
		t := x.node.Value
		if x.isRunner() && !x.more.runner.began.Load() {
			continue
		}
		if x.ofMap() {
			s.Submitted++
		}
		if t.rests() || t.lent() {
			s.Waiting++
			continue
		}
		s.Running++
		s.Weight += t.weight()
	}
	for x := range g.pending.All() {
		switch {
		case x.ofMap():
		case !x.inQueue():
			s.Deferred++
		default:
			s.Queued++
			s.OldestQueued = max(s.OldestQueued, p.ages.Of(x.node.Value.Order(), p.now()))
		}
	}
}
