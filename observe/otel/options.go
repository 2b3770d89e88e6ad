package otel

import (
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"
)

// An Option configures an [Observer]. Nil options are skipped.
type Option func(*config)

type config struct {
	meters  metric.MeterProvider
	tracers trace.TracerProvider
	roots   bool
	links   bool
}

func newConfig(opts []Option) config {
	c := config{meters: otel.GetMeterProvider(), tracers: otel.GetTracerProvider()}
	for _, o := range opts {
		if o != nil {
			o(&c)
		}
	}
	return c
}

// scoped returns the meter and the tracer of the instrumentation. A global provider may be nil, and
// any may return nil, which is an error: then what it should have returned does nothing.
func (c *config) scoped() (m metric.Meter, t trace.Tracer, err error) {
	if c.meters != nil {
		m = c.meters.Meter(scope)
	}
	if c.tracers != nil {
		t = c.tracers.Tracer(scope)
	}
	if m == nil {
		m, err = nometric.Meter{}, errors.New("otel: no meter: the MeterProvider is nil, or has returned nil")
	}
	if t == nil {
		t, err = notrace.Tracer{}, errors.Join(err, errors.New("otel: no tracer: the TracerProvider is nil, or has returned nil"))
	}
	return m, t, err
}

// WithMeterProvider sets where metrics go; the default is the global provider. It
// panics if p is nil: for no metrics use package noop.
func WithMeterProvider(p metric.MeterProvider) Option {
	if p == nil {
		panic("otel: WithMeterProvider(nil): want a provider")
	}
	return func(c *config) { c.meters = p }
}

// WithTracerProvider sets where spans go; the default is the global provider. It panics
// if p is nil: for no spans use package noop.
func WithTracerProvider(p trace.TracerProvider) Option {
	if p == nil {
		panic("otel: WithTracerProvider(nil): want a provider")
	}
	return func(c *config) { c.tracers = p }
}

// WithRoots makes spans also for tasks and runs that are not part of a trace. Such a
// span is the root of a trace of its own.
func WithRoots() Option { return func(c *config) { c.roots = true } }

// WithLinks makes the span of each item of a map or a pipeline the root of a trace of
// its own, with a link to the span of the run. Without it the spans of all items are
// one trace, which backends cannot show if the items are many.
func WithLinks() Option { return func(c *config) { c.links = true } }
