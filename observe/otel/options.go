package otel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
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
