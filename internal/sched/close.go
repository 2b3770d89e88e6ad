package sched

import (
	"context"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/outcome"
)

// A pool is open, closing, then stopped, and never goes back. It is drained when it has no task, no
// goroutine, and no section whose effects are still being done: each section looks at that last
// of all (drain), so Close and Shutdown wait for one channel, that of whenDrained.

// The phases a pool passes, in this order.
const (
	open    int32 = iota
	closing       // takes work only from its own tasks
	stopped       // takes none
)

// life is what the end of a pool needs: the phase's error, and what has to end before
// the pool is drained.
type life struct {
	err        error        // why no more work is taken
	lost       int          // tasks that the pool had taken and Stop settled
	unfinished int          // sections whose effects are still being done: the pool is not drained
	calls      atomic.Int32 // those of them that call functions of the user, or may
	drained    chan struct{}
	unhook     func() bool // ends the watch on the pool's own context
	stopping   bool        // the pool's own context has ended, and Stop is about to be called
}

// Seal stops admission; what was admitted still runs.
func (p *Pool) Seal() {
	p.mu.Lock()
	p.seal()
	p.unlock()
}

func (p *Pool) seal() {
	if p.phase.Load() != open {
		return
	}
	p.phase.Store(closing)
	p.life.err = named(p, ErrClosed)
	p.refuseBlocked(p.life.err)
	p.workers.retire(p, len(p.workers.idle))
}

// stopsNow reports whether the pool's own context has ended: then nothing starts any
// more, and Stop is called as soon as the lock is free.
func (p *Pool) stopsNow() bool {
	l := &p.life
	if p.bound == nil || p.phase.Load() == stopped {
		return false
	}
	if !l.stopping && isClosed(p.bound.Done) {
		l.stopping = true
		p.effects.Call(p.stopByContext)
	}
	return l.stopping
}

// stopIfEnded is Stop if the pool's own context has ended. It asks the context, which may be code of
// the user.
func (p *Pool) stopIfEnded() {
	if b := p.bound; b != nil && b.Ctx.Err() != nil {
		p.stopByContext()
	}
}

// stopByContext is Stop because the pool's own context has ended. Contexts of tasks that are bound
// by that context end with its cause, and so do those of items, which are not.
func (p *Pool) stopByContext() {
	cause := context.Cause(p.cfg.Context)
	p.mu.Lock()
	p.stop(cause, cause)
	p.unlock()
}

// Stop stops admission, settles what is pending and ends the contexts of what
// runs. It does not wait.
func (p *Pool) Stop(cause error) {
	p.mu.Lock()
	p.stop(cause, nil)
	p.unlock()
}

// stop ends the contexts of what runs with end, or if that is nil with ErrStopped. It returns how
// many tasks it settled and how many run on.
func (p *Pool) stop(cause, end error) (dropped, runningOn int) {
	err := named(p, outcome.With(ErrStopped, cause))
	if end == nil {
		end = err
	}
	if p.phase.Load() == stopped {
		p.endAll(end) // what a pool that broke has left running
		return 0, p.slots.running() + p.slots.waiting()
	}
	return p.end(err, end)
}

// end takes no more work because of err, and settles what is pending. If cause is not nil
// it ends the contexts of what runs.
func (p *Pool) end(err, cause error) (dropped, runningOn int) {
	p.phase.Store(stopped)
	p.life.err = err
	if cause != nil {
		p.endAll(cause) // first: what waits for a pending task may return as soon as that has settled
	}
	p.refuseBlocked(err)
	dropped = p.dropAll(outcome.NeverRan(err), true)
	p.life.lost += dropped
	var resting []*Task
	p.eachAside(func(t *Task) { resting = append(resting, t) })
	for _, t := range resting {
		p.abortTask(t, err) // nothing starts any more, not even a next attempt
	}
	p.workers.retire(p, len(p.workers.idle))
	if o := p.cfg.Observer; o != nil {
		p.effects.Call(func() { o.PoolStopped(p.cfg.Name, err) })
	}
	return dropped, p.slots.running() + p.slots.waiting()
}

// dropAll settles all pending tasks, those of maps only if maps is true, and returns how many
// it has settled, not counting those of maps.
func (p *Pool) dropAll(err error, maps bool) int {
	before := p.count.Cancelled
	for {
		var pending []*Task
		p.eachPending(func(t *Task) {
			if maps || !t.extra().ofMap() {
				pending = append(pending, t)
			}
		})
		if len(pending) == 0 {
			return int(p.count.Cancelled - before)
		}
		for _, t := range pending {
			if t.Pending() {
				p.cancel(t, err)
			}
		}
	}
}

// eachPending calls f with every pending task, wherever it waits.
func (p *Pool) eachPending(f func(*Task)) {
	pending := func(t *Task) {
		if t.Pending() {
			f(t)
		}
	}
	p.fifo.Each(func(t *Task) {
		if queued(t) {
			f(t)
		}
	})
	p.eachAside(pending)
	p.deferred.Each(pending)
	p.entries.Each(func(t *Task) {
		if t.extra().stage == ready {
			pending(t)
		}
	})
}

// eachAside calls f with every task that waits in Pool.ready, for a turn, a group, or a time.
func (p *Pool) eachAside(f func(*Task)) {
	p.ready.Each(f)
	for _, tn := range p.turns.Of {
		tn.behind.Each(f)
	}
	for g := range p.stalls.All() {
		g.stalled.Each(f)
	}
	p.eachDelayed(f)
}

// endAll ends the contexts of all tasks that run.
func (p *Pool) endAll(cause error) {
	if stop := p.workers.stop; stop != nil {
		p.effects.End(func() { stop(cause) })
	}
	p.starting.Each(func(t *Task) { p.abortTask(t, cause) })
	for _, w := range p.workers.all {
		if w.task != nil {
			p.abortTask(w.task, cause)
		}
	}
}

// Close seals the pool and waits until nothing is left of it. It returns nil
// if all that was admitted has run.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.seal()
	drained := p.whenDrained()
	p.unlock()
	<-drained
	return p.lostErr()
}

// lostErr returns why tasks that the pool had taken never ran, nil if there are none: not those that
// a caller has cancelled.
func (p *Pool) lostErr() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.lost > 0 {
		return p.life.err
	}
	return nil
}

// Left is what a Shutdown gave up on.
type Left struct {
	Cancelled, Running, Callbacks int
	Cause                         error
}

// Shutdown is Close until ctx ends, then Stop. It returns what was left; if nothing was, nil and what
// Close returns.
func (p *Pool) Shutdown(ctx context.Context) (*Left, error) {
	if p.inside(ctx) {
		return nil, outcome.ErrDeadlock
	}
	p.mu.Lock()
	p.seal()
	drained := p.whenDrained()
	p.unlockAside()
	select {
	case <-drained:
		return nil, p.lostErr()
	case <-ctx.Done():
	}
	cause := context.Cause(ctx)
	p.mu.Lock()
	calls := int(p.life.calls.Load()) + p.workers.in[preparing]
	if isClosed(drained) || p.tasks+calls == 0 {
		p.unlock()
		<-drained // only goroutines on their way out are left
		return nil, p.lostErr()
	}
	dropped, on := p.stop(cause, nil)
	p.unlockAside()
	if dropped+on+calls == 0 {
		return nil, p.lostErr() // there were tasks between two attempts, and they have their outcomes now
	}
	return &Left{dropped, on, calls, cause}, nil
}

// unlockAside is unlock for a caller that must not wait for functions of the user: another
// goroutine calls them. It takes the lock over, so that no other section, of a caller that
// does not expect them, does the effects of this one.
func (p *Pool) unlockAside() {
	if p.admit(); p.effects.Any {
		go p.unlock()
	} else {
		p.unlock()
	}
}

// Err returns why the pool takes no more work, nil while it does.
func (p *Pool) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life.err
}

// whenDrained returns a channel that is closed when the pool is drained, by the end of the section
// if it is already. The caller holds the lock.
func (p *Pool) whenDrained() <-chan struct{} {
	if p.life.drained == nil {
		p.life.drained = make(chan struct{})
	}
	return p.life.drained
}

// drain closes the channel of whenDrained if nothing of a closed pool is left: no task, no
// goroutine, no function of the user that is still to be called. Each section ends with it.
func (p *Pool) drain() {
	if p.phase.Load() != open {
		p.drainClosed()
	}
}

func (p *Pool) drainClosed() {
	if p.tasks+len(p.workers.all)+p.life.unfinished > 0 || p.effects.Any {
		return
	}
	if p.workers.reaper != nil {
		p.workers.reaper.Stop()
		p.workers.reaper = nil
	}
	p.clock.Drop()
	p.spare.drop()
	p.recent = nil
	if p.life.unhook != nil {
		p.effects.Stop(p.life.unhook)
		p.life.unhook = nil
	}
	if stop, err := p.workers.stop, p.life.err; stop != nil {
		p.effects.End(func() { stop(err) })
		p.workers.stop = nil
	}
	if p.effects.Any {
		return // unlock comes back when they are done
	}
	if d := p.life.drained; d != nil {
		close(d)
		p.life.drained = nil // a Close in another bubble of synctest must not receive from d
	}
}

// Drop settles all pending tasks as never having run, and returns how many these were. The
// runners of maps stay, because it is chance which of them are pending.
func (p *Pool) Drop(cause error) int {
	p.mu.Lock()
	n := p.dropAll(outcome.NeverRan(cause), false)
	p.unlock()
	return n
}

// Pause keeps tasks from starting until Resume.
func (p *Pool) Pause() {
	p.mu.Lock()
	p.paused.Store(true)
	p.unlock()
}

// Resume ends a pause.
func (p *Pool) Resume() {
	p.mu.Lock()
	p.paused.Store(false)
	p.unlock()
}
