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
const (
	auditEvery   = 2 * time.Second
	auditAll     = 30 * time.Second // all, from this age on, and whether the call is still there
	auditTimeout = 5 * time.Second
)

// audit looks after the tickets that have waited for long.
func (e *Engine) audit() {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return
	}
	e.running.Add(1)
	var old []*ticket
	now, breaks := time.Now(), e.breaks.Load()
	for _, ts := range e.mu.tickets {
		t := ts[0]
		select {
		case <-t.stored:
		default:
			continue // the publisher is at it
		}
		if now.Sub(t.since) > auditAll || t.named && t.looked != breaks {
			old = append(old, t)
		}
	}
	e.mu.Unlock()
	defer e.running.Done()
	if e.nc.IsConnected() {
		for _, t := range old {
			e.auditOne(t, now.Sub(t.since) > auditAll, breaks)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.auditing = !e.mu.closed && len(e.mu.tickets) > 0; e.mu.auditing {
		e.audits.Reset(auditEvery)
	}
}

func (e *Engine) auditOne(t *ticket, all bool, breaks uint64) {
	ctx, cancel := context.WithTimeout(e.ctx, auditTimeout)
	defer cancel()
	there, err := e.look(ctx, t.id)
	if there || err != nil {
		return // the next audit tries again
	}
	t.looked = breaks
	if !all || t.aborting.Load() {
		return // what is aborted is not in the queue, and the abort looks after it
	}
	switch found, err := e.find(ctx, t.id); {
	case err != nil:
	case found:
		t.since = time.Now()
	default:
		e.settle(t.id, nowhere(t, cluster.Unsure))
	}
}
