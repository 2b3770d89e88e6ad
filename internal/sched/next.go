package sched

// next starts the first task of the run queue for a worker that is here, if nothing else
// wants the slot, and nothing keeps the task from starting: the case that has to be fast.
// Otherwise it returns nil, and admit has to look.
func (p *Pool) next() *Task {
	if !p.slots.free() || p.paused.Load() || p.returning() > 0 || p.phase.Load() == stopped {
		return nil
	}
	t := p.fifo.First()
	switch {
	case t == nil && p.ready.Len() == 0:
		return nil
	case !p.simple || p.ready.Len() > 0 || !t.PlainAndPending():
		return p.nextGated()
	case t.scope.Load().ended():
		return nil
	}
	p.fifo.Pop()
	p.startPlain(t)
	return p.starting.Pop()
}

// nextGated is next for a task that has to pass gates.
func (p *Pool) nextGated() *Task {
	if p.entries.Len() > 0 || p.cfg.Init != nil || p.stopsNow() {
		return nil
	}
	t := p.head()
	if t == nil || t.scope.Load().ended() {
		return nil
	}
	x := t.extra()
	if x != nil && (x.isPermit() || x.group.endedContext() != nil) || p.try(t, x) != passed {
		return nil
	}
	p.took(t, x)
	p.start(t, x)
	return p.starting.Pop()
}
