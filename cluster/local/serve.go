package local

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace/cluster"
)

// A call is queued, delayed, leased or settled. Its fields are guarded by the
// engine's mutex.
type call struct {
	engine     *Engine
	id         string
	priority   int
	named      bool
	since      time.Time // when it was submitted
	message    []byte
	watchers   []func(cluster.Outcome)
	starts     int         // begun so often
	deliveries int         // leased so often
	begun      bool        // since the last delivery
	delay      *time.Timer // not nil: given back with a delay
	lease      *lease      // not nil: a worker holds it
	outcome    []byte      // not nil: settled
}

// pushLocked queues a call.
func (e *Engine) pushLocked(k *call) {
	q := &e.queues[1-k.priority]
	*q = append(*q, k)
	e.wake.Signal()
}

// unqueueLocked takes a call out of its queue, or ends its delay.
func (k *call) unqueueLocked() {
	if k.delay != nil {
		k.delay.Stop()
		k.delay = nil
	}
	q := &k.engine.queues[1-k.priority]
	if i := slices.Index(*q, k); i >= 0 {
		*q = slices.Delete(*q, i, i+1)
	}
}

// Serve implements [cluster.Engine].
func (e *Engine) Serve(ctx context.Context, w cluster.Worker, accept func(cluster.Lease)) error {
	s := &server{Worker: w, since: time.Now(), leases: make(map[*lease]struct{})}
	e.mu.Lock()
	e.servers = append(e.servers, s)
	e.mu.Unlock()
	defer e.forget(s)
	stop := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		e.wake.Broadcast()
		e.mu.Unlock()
	})
	defer stop()
	var held sync.WaitGroup
	for {
		l, err := e.take(ctx, s)
		if l == nil {
			held.Wait()
			return err
		}
		held.Add(1)
		l.over = held.Done
		accept(l)
	}
}

func (e *Engine) forget(s *server) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.servers = slices.DeleteFunc(e.servers, func(o *server) bool { return o == s })
}

// take waits for a call; it returns nil at the end of ctx, and of the engine.
func (e *Engine) take(ctx context.Context, s *server) (*lease, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ctx.Err() == nil {
		if e.closed {
			return nil, cluster.ErrClosed
		}
		for i, q := range e.queues {
			if len(q) == 0 {
				continue
			}
			k := q[0]
			q[0] = nil
			e.queues[i] = q[1:]
			return e.leaseLocked(k, s), nil
		}
		e.wake.Wait()
	}
	e.wake.Signal() // for another server: this one may have taken the signal for a call
	return nil, nil
}

func (e *Engine) leaseLocked(k *call, s *server) *lease {
	k.deliveries++
	l := &lease{k: k, server: s, attempt: k.starts + 1, deliveries: k.deliveries}
	if err := l.call.UnmarshalBinary(k.message); err != nil {
		panic(err) // it was encoded here
	}
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	k.lease, k.begun = l, false
	s.leases[l] = struct{}{}
	return l
}

// A lease implements [cluster.Lease]. It is never lost.
type lease struct {
	k                   *call
	server              *server
	begun               time.Time // guarded by the engine's mutex
	call                cluster.Call
	attempt, deliveries int
	ctx                 context.Context
	cancel              context.CancelCauseFunc
	over                func()
}

func (l *lease) Call() cluster.Call       { return l.call }
func (l *lease) Attempt() int             { return l.attempt }
func (l *lease) Deliveries() int          { return l.deliveries }
func (l *lease) Context() context.Context { return l.ctx }

// Begin implements [cluster.Lease].
func (l *lease) Begin() bool {
	e := l.k.engine
	e.mu.Lock()
	if l.ctx.Err() != nil {
		e.mu.Unlock()
		return false
	}
	l.k.begun, l.begun = true, time.Now()
	l.k.starts++
	e.mu.Unlock()
	l.tell(cluster.Outcome{ID: l.k.id, Kind: cluster.Begun, Attempt: l.attempt})
	return true
}

// Report implements [cluster.Lease].
func (l *lease) Report(body []byte) {
	l.tell(cluster.Outcome{ID: l.k.id, Kind: cluster.Progressed, Body: body})
}

func (l *lease) tell(o cluster.Outcome) {
	e := l.k.engine
	e.mu.Lock()
	watchers := slices.Clone(l.k.watchers)
	e.mu.Unlock()
	for _, done := range watchers {
		done(o)
	}
}

// Finish implements [cluster.Lease].
func (l *lease) Finish(o cluster.Outcome) {
	defer l.over()
	l.cancel(nil)
	l.k.engine.mu.Lock()
	l.server.endLocked(l, counter(o.Kind))
	l.k.engine.settleLocked(l.k, o)
}

// GiveBack implements [cluster.Lease].
func (l *lease) GiveBack(after time.Duration) {
	defer l.over()
	e, k := l.k.engine, l.k
	e.mu.Lock()
	aborted := context.Cause(l.ctx)
	l.server.endLocked(l, backCounter(!l.begun.IsZero()))
	l.cancel(nil)
	if aborted != nil { // it must not run again
		o := cluster.Outcome{ID: k.id, Kind: cluster.Aborted, Attempt: k.starts, Fault: cluster.NewFault(aborted.Error(), cluster.ErrAborted)}
		if k.starts == 0 {
			o.Kind = cluster.NeverRan
		}
		e.settleLocked(k, o)
		return
	}
	k.lease = nil
	tell := func() {}
	switch {
	case e.closed: // no worker will run it
		tell = k.detachLocked()
	case after <= 0:
		e.pushLocked(k)
	default:
		k.delay = time.AfterFunc(after, k.delayed)
	}
	e.mu.Unlock()
	tell()
}

// delayed queues a call that was given back with a delay.
func (k *call) delayed() {
	k.engine.mu.Lock()
	defer k.engine.mu.Unlock()
	if k.delay != nil {
		k.delay = nil
		k.engine.pushLocked(k)
	}
}
