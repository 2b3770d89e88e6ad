package sched

import "github.com/millrace-go/millrace/internal/outcome"

// Plain tasks, which have no options, are most tasks. A pool in which one of them needs nothing but
// a slot, and nothing else wants one, is calm. A section that only submits, settles and starts plain
// tasks changes nothing that calm depends on: it asks calm, and looks at nothing else. All other sections
// end with noteCalm.

// noteCalm notes whether the pool is calm.
func (p *Pool) noteCalm() {
	if calm := p.isCalm(); calm != p.calm {
		p.calm = calm
	}
}

// isCalm reports whether all that waits for a slot waits in fifo, and no runner of a map has to know.
// Who wants a slot back has lent it.
func (p *Pool) isCalm() bool {
	return p.simple && p.phase.Load() == open && !p.paused.Load() && p.slots.lent+p.ready.Len()+p.workers.runners == 0
}

// unlockPlain is unlockAsIs for a section that changes nothing that calm depends on, if the pool is calm.
func (p *Pool) unlockPlain() {
	switch {
	case !p.calm:
		p.unlockAsIs()
	case p.effects.Any || p.workers.tooFew(p):
		p.releaseSettled(p.endSection())
	default:
		p.verify()
		p.mu.Unlock()
	}
}

// TakesPlain reports whether a task without options is a plain one in the pool, and nobody observes it.
func (p *Pool) TakesPlain() bool { return !p.NeedsExtra() && p.cfg.Observer == nil }

// takePlain takes a plain task in a pool that bounds nothing but its slots, and leaves nothing
// for admit. It reports false, and changes nothing, if the long way is needed.
func (p *Pool) takePlain(t *Task, s *scope) bool {
	starts := p.slots.free()
	if !p.calm && (p.phase.Load() != open || starts && !p.startsNext()) {
		return false
	}
	p.register(t, s)
	p.count.Submitted++
	if starts {
		p.startPlain(t)
		return true
	}
	p.fifo.Push(t)
	if p.fifo.Len() <= markAlways || p.order%markEvery == 0 {
		p.noteAge()
	}
	if s.mortal {
		s.note(t)
	}
	if !p.calm {
		p.want(0)
	}
	return true
}

// startsNext reports whether a plain task that is submitted now is the next to get a slot.
func (p *Pool) startsNext() bool { return !p.paused.Load() && p.vacant() }

// startPlain starts a plain task, for which there is a slot.
func (p *Pool) startPlain(t *Task) {
	p.slots.active++
	t.Begin()
	p.starting.Push(t)
}

// ranPlain is ran for a plain task that has succeeded, in a calm pool. It reports false, and
// changes nothing, if t is not that.
func (p *Pool) ranPlain(w *worker, t *Task) (watchers outcome.Watchers, ok bool) {
	s := t.scope.Load()
	if !p.calm || s.fired || t.Err() != nil || w.kids != nil || w.waits != nil {
		return 0, false
	}
	w.task, w.item, t.worker = nil, nil, nil
	p.count.Succeeded++
	p.slots.active--
	watchers = t.Settle(outcome.Succeeded)
	t.scope.Store(nil) // as in Task.settle
	if watchers.Joined() {
		p.satisfy(t, outcome.Succeeded) // nobody has lent a slot, and so nobody wants one back
	}
	s.leave()
	return watchers, true
}

// startsPlain starts the first of the queue in the slot of a plain task that has settled. It reports
// false if admit has to look.
func (p *Pool) startsPlain() bool {
	return p.calm && (p.fifo.Len() == 0 || !p.slots.free() || p.startFirstPlain())
}

// startFirstPlain starts the first task in fifo, for which there is a slot. It reports false, and changes
// nothing, if that is not a plain one which may start.
func (p *Pool) startFirstPlain() bool {
	t := p.fifo.First()
	if t == nil || !t.PlainAndPending() || t.scope.Load().ended() {
		return false
	}
	p.fifo.Pop()
	p.startPlain(t)
	return true
}
