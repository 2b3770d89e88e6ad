package cluster

import (
	"context"
	"sync"
)

// A Propagator carries a trace context from the submitter to the worker, in the header of
// the call. This one wraps a propagator of OpenTelemetry:
//
//	type tracing struct{ propagation.TextMapPropagator }
//
//	func (t tracing) Inject(ctx context.Context, header map[string]string) {
//		t.TextMapPropagator.Inject(ctx, propagation.MapCarrier(header))
//	}
//
//	func (t tracing) Extract(ctx context.Context, header map[string]string) context.Context {
//		return t.TextMapPropagator.Extract(ctx, propagation.MapCarrier(header))
//	}
type Propagator interface {
	// Inject writes what ctx carries into the header.
	Inject(ctx context.Context, header map[string]string)
	// Extract returns ctx with what the header carries.
	Extract(ctx context.Context, header map[string]string) context.Context
}

// Propagate returns e with a propagator: Submit injects what its context carries, and the
// context of the function on the worker carries it again. If the worker's pool has an
// observer that traces, the worker's span is a child of the submitter's. If Extract
// panics or calls runtime.Goexit, the call runs without its trace. Propagate panics if e or
// p is nil.
func Propagate(e Engine, p Propagator) Engine {
	if e == nil || p == nil {
		panic("cluster: Propagate: nil engine or propagator")
	}
	return &propagating{e, p}
}

type propagating struct {
	Engine
	p Propagator
}

// Start implements Engine.
func (e *propagating) Start(ctx context.Context, c Call, done func(Outcome)) error {
	header := make(map[string]string)
	e.p.Inject(ctx, header)
	if len(header) > 0 {
		c.Header = header
	}
	return e.Engine.Start(ctx, c, done)
}

// Serve implements Engine.
func (e *propagating) Serve(ctx context.Context, w Worker, accept func(Lease)) error {
	return e.Engine.Serve(ctx, w, func(l Lease) {
		if len(l.Call().Header) > 0 {
			l = &traced{Lease: l, p: e.p}
		}
		accept(l)
	})
}

// Leave passes on what Client.Close says, see Engine.
func (e *propagating) Leave(client string) { leave(e.Engine, client) }

// A traced is a lease whose context carries what the header does. Extract is called when the context is asked for
// first; a panic or a Goexit of it is its own affair.
type traced struct {
	Lease
	p    Propagator
	once sync.Once
	ctx  context.Context
}

// Context implements Lease.
func (l *traced) Context() context.Context {
	l.once.Do(func() {
		l.ctx = l.Lease.Context()
		_ = apart(func() error {
			if ctx := l.p.Extract(l.ctx, l.Call().Header); ctx != nil {
				l.ctx = ctx
			}
			return nil
		})
	})
	return l.ctx
}
