package sched

// Pool.ages tells when tasks were submitted, closely enough. To read a clock for each
// submission would cost a fifth of an empty task. So a submission gets a mark, its time, while
// few tasks are in the queue; of the other submissions one in markEvery does.

const (
	markAlways = 8  // each plain task gets a mark up to so many in the queue
	markRich   = 32 // each task does, up to so many pending ones
	markForks  = 4  // each fork does, up to so many: a fine recursion has no time for more
	markEvery  = 64 // of the others, one in so many does
	markShare  = 8  // marks are tidied when there is more than one for so many tasks
)

// noteAge may mark the last submission, which is pending.
func (p *Pool) noteAge() {
	if p.queued() <= markRich || p.order%markEvery == 0 {
		p.markAge()
	}
}

// queued returns how many tasks are pending, but for those that wait for their input or their delay.
func (p *Pool) queued() int {
	return p.tasks - p.slots.running() - p.slots.waiting() - p.deferred.Len() - p.delayed
}

// markAge notes when the last submission was.
func (p *Pool) markAge() {
	if p.ages.Full() && p.ages.Len() > markAlways+p.tasks/markShare {
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
	look := func(order uint64, ok bool) {
		if ok {
			first = min(first, order)
		}
	}
	look(p.ready.FirstOf((*Task).takesPlace))
	for _, tn := range p.turns.Of {
		look(tn.behind.FirstOf((*Task).takesPlace))
	}
	for g := range p.stalls.All() {
		look(g.stalled.FirstOf((*Task).takesPlace))
	}
	return first
}

// takesPlace reports whether t, which waits in the queue, counts there: runners of maps do not.
func (t *Task) takesPlace() bool {
	x := t.extra()
	return t.Pending() && x.inQueue() && !x.unplaced
}
