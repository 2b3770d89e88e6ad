package jetstream

import (
	"context"
	"time"

	"github.com/millrace-go/millrace/cluster"
)

// What is published about a named call while the connection is down does not come
// again, and a call can vanish from the queue: purged by an operator, or with a server
// that lost its disk. So tickets are looked after, now and then; while there are none, nothing
// wakes up.
//
// A call without a name that is still there is looked after again when twice as long is over, or the
// connection was made again: there may be hundreds of thousands that wait, and each costs a request. The outcome of
// one with a name, which has several submitters, is looked for first: one of them may have ended it.
const (
	auditEvery   = 2 * time.Second
	auditAll     = 30 * time.Second // all, from this age on, and whether the call is still there
	auditRarely  = 8 * auditAll
	auditTimeout = 5 * time.Second
)

// audit looks after the tickets that have waited for long.
func (e *Engine) audit(now time.Time) {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return
	}
	e.running.Add(1)
	var old []*ticket
	breaks := e.breaks.Load()
	for _, ts := range e.mu.tickets {
		t := ts[0]
		if !t.isStored() {
			continue // the publisher is at it, or Join
		}
		age, remade := now.Sub(t.since), t.looked != breaks
		if age > t.every || remade && (t.named || age > auditAll) {
			old = append(old, t)
		}
	}
	e.mu.Unlock()
	defer e.running.Done()
	if e.nc.IsConnected() {
		for _, t := range old {
			e.auditOne(t, now, breaks)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.auditing = !e.mu.closed && len(e.mu.tickets) > 0; e.mu.auditing {
		e.audits.Reset(auditEvery)
	}
}

func (e *Engine) auditOne(t *ticket, now time.Time, breaks uint64) {
	ctx, cancel := context.WithTimeout(e.ctx, auditTimeout)
	defer cancel()
	aborted := t.aborting.Load()
	if t.named || aborted {
		if there, err := e.look(ctx, t.id); there || err != nil {
			return // the next audit tries again
		}
		t.looked = breaks
	}
	if now.Sub(t.since) <= auditAll || aborted {
		return // what is aborted is not in the queue, and the abort looks after it
	}
	switch found, err := e.find(ctx, t.id); {
	case err != nil:
	case found:
		t.since, t.looked = now, breaks
		if !t.named {
			t.every = min(2*t.every, auditRarely)
		}
	default:
		e.settle(t.id, nowhere(t, cluster.Unsure))
	}
}
