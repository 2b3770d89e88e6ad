package jetstream

import (
	"context"
	"time"

	"github.com/millrace-go/millrace/cluster"
)

// What is published about a named call while the connection is down does not come
// again, and a call can vanish from the queue: purged by an operator, or with a server
// that lost its disk. So tickets are looked after, now and then.
const (
	auditEvery   = 2 * time.Second
	auditNamed   = 2 * time.Second  // named calls, from this age on
	auditAll     = 30 * time.Second // all, and whether the call is still there
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
	now := time.Now()
	for _, ts := range e.mu.tickets {
		t := ts[0]
		select {
		case <-t.stored:
		default:
			continue // the publisher is at it
		}
		if age := now.Sub(t.since); age > auditAll || t.named && age > auditNamed {
			old = append(old, t)
		}
	}
	e.mu.Unlock()
	defer e.running.Done()
	if e.nc.IsConnected() {
		for _, t := range old {
			e.auditOne(t, now.Sub(t.since) > auditAll)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.mu.closed {
		e.audits.Reset(auditEvery)
	}
}

func (e *Engine) auditOne(t *ticket, all bool) {
	ctx, cancel := context.WithTimeout(e.ctx, auditTimeout)
	defer cancel()
	if there, err := e.look(ctx, t.id); there || err != nil || !all || t.aborting.Load() {
		return // what is aborted is not in the queue, and the abort looks after it
	}
	_ = e.find(ctx, t, cluster.Unsure) // the next audit tries again
	e.mu.Lock()
	t.since = time.Now().Add(-auditNamed) // not all of them every time
	e.mu.Unlock()
}
