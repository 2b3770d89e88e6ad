// Package local is an engine in one process, on a pool: for tests, and for programs
// that are to run without a server too. Calls are encoded and decoded as on their way
// to another process, so what works here travels. Nothing is stored: what is queued
// ends with the process.
package local

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/pool"
)

// maxBytes is what a message may have, as with the other engines: so a program that
// was tested here does not find out elsewhere.
const maxBytes = 1 << 20

// Engine implements [cluster.Engine] in memory. Outcomes of named calls are kept until
// Close. Its methods may be called concurrently.
type Engine struct {
	serving sync.WaitGroup
	stop    context.CancelFunc

	mu      sync.Mutex
	wake    *sync.Cond       // calls were queued, or a server ends
	queues  [3][]*call       // by priority, the highest first
	calls   map[string]*call // open ones, and named ones that have settled
	servers []*server
	closed  bool
}

// New returns an engine that serves the tasks on p until it is closed. Without tasks
// it serves nothing by itself: calls wait for a [cluster.Serve], and p may be nil. Close
// does not close the pool. New panics as Serve does: the pool's queue must be bounded.
func New(p *pool.Pool, tasks ...cluster.Handler) *Engine {
	ctx, stop := context.WithCancel(context.Background())
	e := &Engine{stop: stop, calls: make(map[string]*call)}
	e.wake = sync.NewCond(&e.mu)
	if len(tasks) > 0 {
		ended, end := context.WithCancel(ctx)
		end()
		_ = cluster.Serve(ended, e, p, tasks...) // panics here, and not below, if an argument is wrong
		e.serving.Go(func() { _ = cluster.Serve(ctx, e, p, tasks...) })
	}
	return e
}

// Start implements [cluster.Engine].
func (e *Engine) Start(_ context.Context, c cluster.Call, done func(cluster.Outcome)) error {
	b, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	if len(b) > maxBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", cluster.ErrTooLarge, len(b), maxBytes)
	}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return cluster.ErrClosed
	}
	if there := e.calls[c.ID]; there != nil {
		e.followLocked(there, done)
		return nil
	}
	k := &call{engine: e, id: c.ID, priority: c.Priority, named: c.Named(), message: b, since: time.Now(), watchers: []func(cluster.Outcome){done}}
	e.calls[c.ID] = k
	e.pushLocked(k)
	e.mu.Unlock()
	return nil
}

// Join implements [cluster.Engine].
func (e *Engine) Join(_ context.Context, id string, done func(cluster.Outcome)) error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return cluster.ErrClosed
	}
	if there := e.calls[id]; there != nil {
		e.followLocked(there, done)
		return nil
	}
	e.mu.Unlock()
	done(cluster.Outcome{ID: id, Kind: cluster.Missing, Fault: cluster.NewFault("no call of this id is queued, runs or has ended")})
	return nil
}

// followLocked has done told of a call that is there. It unlocks.
func (e *Engine) followLocked(k *call, done func(cluster.Outcome)) {
	if k.outcome == nil {
		k.watchers = append(k.watchers, done)
		begun, starts := k.begun, k.starts
		e.mu.Unlock()
		if begun {
			done(cluster.Outcome{ID: k.id, Kind: cluster.Begun, Attempt: starts})
		}
		return
	}
	o := decodeOutcome(k.outcome)
	e.mu.Unlock()
	done(o)
}

// Abort implements [cluster.Engine].
func (e *Engine) Abort(id, cause string) {
	e.mu.Lock()
	k := e.calls[id]
	if k == nil || k.outcome != nil {
		e.mu.Unlock()
		return
	}
	if l := k.lease; l != nil {
		l.cancel(cluster.AbortError(cause)) // locked: GiveBack must see it
		e.mu.Unlock()
		return
	}
	k.unqueueLocked()
	o := cluster.Outcome{ID: id, Kind: cluster.NeverRan, Attempt: k.starts, Fault: cluster.NewFault(cause, cluster.ErrAborted)}
	if k.starts > 0 {
		o.Kind = cluster.Aborted
	}
	e.settleLocked(k, o)
}

// settleLocked stores an outcome and tells it. It unlocks.
func (e *Engine) settleLocked(k *call, o cluster.Outcome) {
	k.outcome = encodeOutcome(o)
	k.lease, k.message = nil, nil
	watchers := k.watchers
	k.watchers = nil
	if !k.named {
		delete(e.calls, k.id)
	}
	o = decodeOutcome(k.outcome)
	e.mu.Unlock()
	for _, done := range watchers {
		done(o)
	}
}

// Close implements cluster.Engine. It ends what New started, and waits for the functions
// that run. Before that, calls that no worker has begun end as Detached, so that
// functions which wait for them go on.
func (e *Engine) Close() error {
	e.stop()
	e.mu.Lock()
	e.closed = true
	e.wake.Broadcast()
	e.mu.Unlock()
	e.detach(func(k *call) bool { return k.lease == nil })
	e.serving.Wait()
	e.detach(func(*call) bool { return true })
	return nil
}

// detach ends certain calls as Detached: their outcomes are no longer followed.
func (e *Engine) detach(which func(*call) bool) {
	var tell []func()
	e.mu.Lock()
	for _, k := range e.calls {
		if which(k) {
			k.unqueueLocked()
			tell = append(tell, k.detachLocked())
		}
	}
	e.mu.Unlock()
	for _, t := range tell {
		t()
	}
}

// detachLocked returns a function that tells all that wait for the call.
func (k *call) detachLocked() (tell func()) {
	watchers := k.watchers
	k.watchers = nil
	return func() {
		for _, done := range watchers {
			done(cluster.Outcome{ID: k.id, Kind: cluster.Detached, Fault: cluster.NewFault("the engine was closed")})
		}
	}
}

func encodeOutcome(o cluster.Outcome) []byte {
	b, err := o.MarshalBinary()
	if err == nil && len(b) > maxBytes {
		err = fmt.Errorf("%w: an output of %d bytes, at most %d", cluster.ErrTooLarge, len(b), maxBytes)
	}
	if err != nil {
		o.Kind, o.Body, o.Fault = cluster.Failed, nil, cluster.NewFault(err.Error(), cluster.ErrTooLarge)
		b, _ = o.MarshalBinary()
	}
	return b
}

func decodeOutcome(b []byte) (o cluster.Outcome) {
	if err := o.UnmarshalBinary(b); err != nil {
		panic(err) // it was encoded here
	}
	return o
}
