package sched

import (
	"context"
	"runtime/debug"

	"github.com/millrace-go/millrace/internal/cell"
)

// With an Init function a task starts when there is a worker for it that has
// been prepared, and not before: a task that has started runs, whatever becomes
// of later workers. Pool.prepared counts the workers that could take a task.

// workerLocked reports whether there is a worker for one more task, where that
// matters; if not, it asks for one.
func (p *Pool) workerLocked() bool {
	if p.cfg.Init == nil || p.prepared > 0 {
		return true
	}
	p.wanted = true
	return false
}

// spawnLocked returns the new worker that is wanted, if one is to be started.
func (p *Pool) spawnLocked() *worker {
	if !p.wanted || !p.moreLocked() {
		return nil
	}
	p.preparing++
	return p.addLocked()
}

// moreLocked reports whether a worker that is wanted is to be started: not if
// enough of them are on their way.
func (p *Pool) moreLocked() bool {
	p.wanted = false
	pending := p.queue.len() + len(p.returning)
	for e := p.entries.head; e != nil && pending == 0; e = e.next {
		pending++
	}
	most := p.slots + p.lending + p.beyond
	if p.cfg.Overflow == callerRuns && p.entries.head != nil {
		most++
	}
	return p.phase.Load() != stopped && p.preparing < pending && len(p.all)-p.away < most
}

// prepare calls the Init function. It reports false if the worker is to end.
func (w *worker) prepare() (ok bool) {
	p := w.pool
	base, err := context.Context(nil), error(cell.ErrGoexit)
	defer func() {
		if r := recover(); r != nil {
			err = p.fault(r, debug.Stack())
		}
		ok = err == nil
		p.mu.Lock()
		p.preparing--
		if ok {
			w.base = base
		} else {
			p.breakLocked(err)
		}
		p.unlock()
	}()
	base, err = p.cfg.Init(p.stopped)
	return ok
}

// breakLocked ends a pool whose workers cannot be prepared.
func (p *Pool) breakLocked(err error) {
	if p.phase.Load() == stopped {
		return
	}
	p.endLocked(cell.With(ErrBroken, err), nil)
}

// withBase puts the values of a worker's context beneath those of a task's.
func withBase(ctx, base context.Context) context.Context {
	if base == nil {
		return ctx
	}
	return &based{ctx, base}
}

// based is a context with the values of another beneath its own.
type based struct {
	context.Context
	base context.Context
}

// Value implements context.Context.
func (b *based) Value(key any) any {
	if v := b.Context.Value(key); v != nil {
		return v
	}
	return b.base.Value(key)
}
