package temporal

import (
	"context"
	"slices"

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

// abort asks the server to end the call. If the server cannot be reached for two leases, the
// call is Unsure.
func (k *call) abort(cause string) {
	e := k.engine
	ctx, cancel := context.WithTimeout(k.ctx, 2*e.cfg.Lease)
	defer cancel()
	select {
	case <-k.submitted:
	case <-ctx.Done():
		k.giveUp()
		return
	}
	select {
	case e.asking <- struct{}{}:
		defer func() { <-e.asking }()
	case <-k.ctx.Done():
		return
	}
	for {
		err := k.handle().Cancel(ctx, client.CancelActivityOptions{Reason: cause})
		if err == nil || !uncertain(err) { // it has ended, if the server does not take that
			return
		}
		if !pause(ctx) {
			k.giveUp()
			return
		}
	}
}

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
