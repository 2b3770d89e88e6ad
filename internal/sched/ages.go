package sched

// Pool.ages tells when tasks were submitted, closely enough: a clock for each submission
// would cost a fifth of an empty task. So the time is noted while few are in the queue, and
// for one in markEvery of the others.

// Up to how many plain tasks in the queue, how many pending ones of all kinds there, and how many
// forks (a fine recursion has no time for more) each one gets a mark, how many of the others share
// one, and how many tasks there are for each mark before marks are looked through.
const (
	markAlways = 8
	markRich   = 32
	markForks  = 4
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
	if p.ages.Full() && p.ages.Len() > markAlways+p.life.tasks/markShare {
		p.ages.Tidy(func(used func(uint64)) {
			p.eachPending(func(t *Task) { used(t.Order()) })
		})
	}
	p.ages.Note(p.order, p.now())
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
