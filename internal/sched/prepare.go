package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
)

// With WithInit a task starts only when there is a prepared worker for it, one whose Init
// function has returned. So a task that has started runs, even if the Init function fails
// later.

// passWorkers is the gate of that condition.
func (p *Pool) passWorkers(x *Extra) bool {
	ws := &p.workers
	if p.cfg.Init == nil || x.isPermit() || ws.prepared() > p.starting.Len() {
		return true
	}
	ws.wanted = ws.more(p)
	return false
}

// prepared returns how many prepared workers have no task. Tasks in Pool.starting need some of them.
func (ws *workers) prepared() int { return ws.in[present] + ws.in[coming] }

// spawn returns the new workers that are wanted.
func (ws *workers) spawn(p *Pool) (spawned []*worker) {
	for ; ws.wanted; ws.wanted = ws.more(p) {
		w := ws.add(p)
		w.stand(preparing)
		spawned = append(spawned, w)
	}
	return spawned
}

// more reports whether one more worker is to be started for a task that waits for one: not
// if enough of them are on their way.
func (ws *workers) more(p *Pool) bool {
	pending := p.ready.Len() + p.fifo.Len() + p.returning() + p.entries.Len()
	extra := p.slots.lent + p.slots.beyond // workers that the slots do not account for
	if p.entrants[1].Len() > 0 {
		extra++
	}
	if p.phase.Load() == stopped || ws.in[preparing] >= pending {
		return false
	}
	return len(ws.all)-ws.in[absent]-extra < p.slots.n
}

// prepare calls the Init function. It reports false if the worker is to end.
func (w *worker) prepare() (ok bool) {
	p := w.pool
	base, err := context.Context(nil), error(outcome.ErrGoexit)
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(r)
		}
		ok = err == nil
		p.mu.Lock()
		switch {
		case ok:
			w.contexts.Base = base
		case p.phase.Load() != stopped:
			p.end(named(p, outcome.With(ErrBroken, err)), nil)
		}
		p.unlockAsIs()
	}()
	base, err = p.cfg.Init(p.workers.base)
	return ok
}
