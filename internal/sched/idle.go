package sched

import "time"

// wakeLocked keeps the invariant of the package comment: it returns the worker
// that has to be woken or started, if any.
func (p *Pool) wakeLocked() *worker {
	loose := p.loose
	p.loose = false
	if p.waking > 0 || p.picks.head == nil && !loose {
		return nil
	}
	if n := len(p.idle); n > 0 {
		p.waking++
		w := p.idle[n-1] // the one whose stack and caches are warmest
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		w.came = true
		return w
	}
	if len(p.all)-p.away >= p.busy+p.lending+p.beyond || p.cfg.Init != nil {
		return nil // all that runs has a worker already
	}
	p.waking++
	w := p.addLocked()
	w.came = true
	return w
}

func (p *Pool) dispatch(w *worker) {
	switch {
	case w == nil:
	case w.wake == nil:
		w.wake = make(chan struct{}, 1)
		go w.loop()
	default:
		w.wake <- struct{}{}
	}
}

// parkLocked parks the worker until there is something to do. It reports false
// if the worker is to end; then the lock has been given up.
func (w *worker) parkLocked() bool {
	p := w.pool
	if !w.idleLocked() {
		w.goLocked()
		p.unlock()
		return false
	}
	p.unlock()
	return w.park()
}

// idleLocked makes the worker one of the idle ones, if the pool keeps those. It must
// not do much more than park then: it may be called any time.
func (w *worker) idleLocked() bool {
	p := w.pool
	if p.phase.Load() != open || p.cfg.IdleTimeout == 0 {
		return false
	}
	w.since = p.now()
	w.restContexts()
	p.idle = append(p.idle, w)
	p.armLocked(p.cfg.IdleTimeout)
	return true
}

// park waits until an idle worker is called. It takes the lock, or reports false if
// the worker is to end.
func (w *worker) park() bool {
	p := w.pool
	<-w.wake
	p.mu.Lock()
	if w.exit {
		p.unlock()
		return false
	}
	return true
}

// now is the time since the pool was made: to ask for a duration costs half as
// much as to ask for the time of day.
func (p *Pool) now() time.Duration { return time.Since(p.born) }

// armLocked sets the reaper, unless it is set: one timer a pool, and none
// while nobody is idle.
func (p *Pool) armLocked(d time.Duration) {
	switch {
	case p.reaping:
		return
	case p.reaper == nil:
		p.reaper = time.AfterFunc(d, p.reap)
	default:
		p.reaper.Reset(d)
	}
	p.reaping = true
}

// reap ends the workers that have been idle for long enough.
func (p *Pool) reap() {
	p.mu.Lock()
	p.reaping = false
	now := p.now()
	n := 0
	for n < len(p.idle) && now-p.idle[n].since >= p.cfg.IdleTimeout {
		n++
	}
	p.retireLocked(n)
	if len(p.idle) > 0 && p.phase.Load() == open {
		p.armLocked(p.cfg.IdleTimeout - (now - p.idle[0].since))
	}
	p.unlock()
}

// retireLocked ends the n workers that have been idle longest. With WithInit it
// keeps as many as there are started tasks without a worker: no other can take
// their place, and those tasks count on them.
func (p *Pool) retireLocked(n int) {
	if p.cfg.Init != nil {
		n = min(n, max(0, len(p.idle)-p.picks.n))
	}
	for _, w := range p.idle[:n] {
		w.exit = true
		w.goLocked()
		w.wake <- struct{}{} // never blocks: a parked worker's slot is empty
	}
	p.idle = append([]*worker(nil), p.idle[n:]...)
}
