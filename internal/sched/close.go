package sched

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/cell"
)

// The errors of package pool, which documents them.
var (
	ErrClosed    = errors.New("pool: closed")
	ErrStopped   = errors.New("pool: stopped")
	ErrBroken    = errors.New("pool: broken: a worker could not be prepared")
	ErrQueueFull = errors.New("pool: queue full")
	ErrTooHeavy  = errors.New("pool: task is heavier than the pool's maximum weight")
)

// Seal stops admission; what was admitted still runs.
func (p *Pool) Seal() {
	p.mu.Lock()
	p.sealLocked()
	p.unlock()
}

func (p *Pool) sealLocked() {
	if p.phase.Load() != open {
		return
	}
	p.phase.Store(closing)
	p.err = ErrClosed
	p.refuseEntriesLocked(ErrClosed)
	p.retireLocked(len(p.idle))
	p.admitLocked()
	p.drainLocked()
}

// Stop stops admission, settles what is pending and ends the contexts of what
// runs. It does not wait.
func (p *Pool) Stop(cause error) {
	p.mu.Lock()
	p.stopLocked(cause)
	p.unlock()
}

// stopLocked returns how many tasks it settled and how many run on.
func (p *Pool) stopLocked(cause error) (dropped, runningOn int) {
	if p.phase.Load() == stopped {
		if cause == nil {
			cause = ErrStopped
		}
		p.endAllLocked(cause) // what a pool that broke has left running
		return 0, p.busy + p.beyond + p.lending
	}
	err := cell.With(ErrStopped, cause)
	if cause == nil {
		cause = ErrStopped
	}
	return p.endLocked(err, cause)
}

// endLocked takes no more work because of err, and settles what is pending. If
// cause is not nil it ends the contexts of what runs.
func (p *Pool) endLocked(err, cause error) (dropped, runningOn int) {
	p.recallAllLocked()
	p.phase.Store(stopped)
	p.err = err
	before := p.count.cancelled
	p.hold++
	p.refuseEntriesLocked(err)
	for t := p.anyPendingLocked(); t != nil; t = p.anyPendingLocked() {
		p.cancelLocked(t, cell.NeverRan(err))
	}
	p.hold--
	dropped = int(p.count.cancelled - before)
	p.lost += dropped
	if cause != nil {
		p.endAllLocked(cause)
	}
	p.retireLocked(len(p.idle))
	p.collectAllLocked()
	p.drainLocked()
	return dropped, p.busy + p.beyond + p.lending
}

// anyPendingLocked returns a pending task, wherever it waits.
func (p *Pool) anyPendingLocked() *Task {
	if t := p.queue.head(); t != nil {
		return t
	}
	if p.deferred.head != nil {
		return p.deferred.head
	}
	for g := range p.stalls {
		return g.stalled.tasks[0]
	}
	for _, t := range p.keys {
		if t.more.behind.head != nil {
			return t.more.behind.head
		}
	}
	return nil
}

// endAllLocked ends the contexts of all tasks that run.
func (p *Pool) endAllLocked(cause error) {
	if p.aborted {
		return
	}
	p.aborted = true
	if p.stopWorker != nil {
		p.after.end(p.stopWorker, cause)
	}
	for t := p.picks.head; t != nil; t = t.next {
		p.endRunningLocked(t, cause)
	}
	for _, w := range p.all {
		for _, t := range w.heldLocked() {
			p.endRunningLocked(t, cause)
		}
	}
}

// Close seals the pool and waits until nothing is left of it. It returns nil
// if all that was admitted has run.
func (p *Pool) Close() error {
	p.Seal()
	<-p.rest()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost > 0 {
		return p.err
	}
	return nil
}

// Left is what a Shutdown gave up on.
type Left struct {
	Cancelled, Running int
	Cause              error
}

// Shutdown is Close until ctx ends, then Stop. It returns what was left, nil if
// nothing was.
func (p *Pool) Shutdown(ctx context.Context) (*Left, error) {
	if p.inside(ctx) {
		return nil, cell.ErrDeadlock
	}
	p.Seal()
	rest := p.rest()
	select {
	case <-rest:
		return nil, nil
	default:
	}
	select {
	case <-rest:
		return nil, nil
	case <-ctx.Done():
	}
	cause := context.Cause(ctx)
	p.mu.Lock()
	if p.restLocked() {
		p.unlock()
		return nil, nil
	}
	dropped, on := p.stopLocked(cause)
	p.unlock()
	if dropped+on == 0 {
		<-rest // only goroutines on their way out are left
		return nil, nil
	}
	return &Left{dropped, on, cause}, nil
}

// Err returns why the pool takes no more work, nil while it does.
func (p *Pool) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// rest returns a channel that is closed when the pool is at rest for good.
func (p *Pool) rest() <-chan struct{} {
	p.mu.Lock()
	defer p.unlock()
	if p.drained == nil {
		p.drained = make(chan struct{})
		p.drainLocked()
	}
	return p.drained
}

// restLocked reports whether the pool is at rest for good: no task, no
// goroutine, no function of the user's that is still to be called.
func (p *Pool) restLocked() bool {
	return p.phase.Load() != open && p.entries.head == nil &&
		p.queued+p.unplaced+p.deferred.n+p.busy+p.beyond+p.lending+len(p.all)+p.settling == 0
}

// drainLocked tells those who wait for the pool to be at rest. Whatever takes
// from the counts of restLocked calls it.
func (p *Pool) drainLocked() {
	if !p.restLocked() {
		return
	}
	if p.reaper != nil {
		p.reaper.Stop()
	}
	p.spare.drop()
	if p.unhook != nil {
		p.after.stop(p.unhook)
		p.unhook = nil
		return // unlock comes back when it is done
	}
	if p.drained != nil {
		select {
		case <-p.drained:
		default:
			close(p.drained)
		}
	}
}
