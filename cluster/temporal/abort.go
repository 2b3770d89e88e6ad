package temporal

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace/cluster"
)

// Abort implements cluster.Engine. The server ends a call that no worker holds; a
// worker learns of it from its next heartbeat.
func (e *Engine) Abort(id, cause string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ks := e.mu.calls[id]
	if len(ks) == 0 {
		return
	}
	for _, k := range ks {
		k.mu.Lock()
		if k.mu.cause == "" {
			k.mu.cause = cause
		}
		k.mu.Unlock()
	}
	if k := ks[0]; !k.aborting { // once is enough
		k.aborting = true
		e.running.Go(func() { k.abort(cause) })
	}
}

// abort asks the server to end the call, and waits for the outcome. If the server cannot be
// reached for two leases, before it was asked or after, the call is Unsure.
func (k *call) abort(cause string) {
	if !k.askToEnd(cause) {
		k.giveUp()
		return
	}
	e := k.engine
	e.hear()
	for e.silence() < 2*e.cfg.Lease {
		select {
		case <-k.ctx.Done():
			return
		case <-time.After(e.cfg.Lease / beatsPerLease):
		}
	}
	k.giveUp()
}

// askToEnd asks the server to end the call. It reports false if the server cannot be reached.
func (k *call) askToEnd(cause string) bool {
	e := k.engine
	ctx, cancel := context.WithTimeout(k.ctx, 2*e.cfg.Lease)
	defer cancel()
	select {
	case <-k.submitted:
	case <-ctx.Done():
		return false
	}
	select {
	case e.asking <- struct{}{}:
		defer func() { <-e.asking }()
	case <-k.ctx.Done():
		return true
	}
	for {
		err := k.handle().Cancel(ctx, client.CancelActivityOptions{Reason: cause})
		if err == nil || !uncertain(err) { // it has ended, if the server does not take that
			return true
		}
		if !pause(ctx) {
			return false
		}
	}
}

// hear notes that the server has answered.
func (e *Engine) hear() { e.heard.Store(int64(time.Since(e.made))) }

// silence returns for how long the server has not answered. While there are calls it is asked
// for news of them, see watch.
func (e *Engine) silence() time.Duration { return time.Since(e.made) - time.Duration(e.heard.Load()) }

// giveUp settles a call as Unsure, for all that wait for it, unless the outcome has come.
func (k *call) giveUp() {
	if k.ctx.Err() != nil {
		return
	}
	e := k.engine
	e.unsure.Add(1)
	e.mu.Lock()
	ks := slices.Clone(e.mu.calls[k.id])
	e.mu.Unlock()
	for _, k := range ks {
		k.settle(failed(cluster.Unsure, "the server cannot be reached"))
	}
}
