package otel

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/internal/figures"
)

// scope is the name of the instrumentation.
const scope = "github.com/millrace-go/millrace/observe/otel"

// An Observer tells OpenTelemetry of tasks. Make one with [New], and give it to pools
// with millrace.WithObserver; one is enough for all. Its methods may be called by any
// number of goroutines at once.
type Observer struct {
	tasks  tasks
	pools  pools
	spans  spans
	stages figures.Stages
}

// New returns an observer. The error is that of a provider which does not make an
// instrument, a meter or a tracer; the observer is usable nevertheless.
func New(opts ...Option) (*Observer, error) {
	c := newConfig(opts)
	o := new(Observer)
	meter, tracer, err := c.scoped()
	o.spans = spans{tracer: tracer, roots: c.roots, links: c.links}
	return o, errors.Join(err, o.tasks.init(meter), o.pools.init(meter, &o.stages))
}

// Add makes each collection include the figures of a pool, until remove is called. It
// panics if p is nil.
func (o *Observer) Add(p observe.Source) (remove func()) {
	if p == nil {
		panic("otel: Observer.Add: nil source")
	}
	return o.pools.Add(p)
}

// Unregister ends the collection of the figures of all pools and stages. Tasks are
// still counted, and have spans. The error is that of the meter provider.
func (o *Observer) Unregister() error {
	if o.pools.registration == nil {
		return nil // New's error was that of the provider
	}
	return o.pools.registration.Unregister()
}

// Submitted implements millrace.Observer.
func (o *Observer) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }

// Started implements millrace.Observer.
func (o *Observer) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	return o.spans.start(ctx, t, o.tasks.kept)
}

// Ended implements millrace.Observer.
func (o *Observer) Ended(ctx context.Context, t *millrace.TaskInfo) {
	o.tasks.ended(ctx, t) // the span is still there for exemplars
	o.spans.end(t)
}

// NeverRan implements millrace.Observer.
func (o *Observer) NeverRan(ctx context.Context, t *millrace.TaskInfo) {
	x := o.tasks.kept.OfTask(t)
	o.tasks.cancelled.Add(ctx, 1, x.add...)
	neverRan(trace.SpanFromContext(ctx), t, x)
}

// Retried implements millrace.RetryObserver.
func (o *Observer) Retried(ctx context.Context, t *millrace.TaskInfo, delay time.Duration) {
	x := o.tasks.kept.OfTask(t)
	o.tasks.retries.Add(ctx, 1, x.add...)
	retried(trace.SpanFromContext(ctx), t, x, delay)
}

// Run implements millrace.RunObserver.
func (o *Observer) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	counted := o.stages.Begin(r)
	ctx, span := o.spans.startRun(ctx, r)
	return ctx, func() {
		counted()
		if span != nil {
			span.End()
		}
	}
}
