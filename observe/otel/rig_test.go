package otel_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/millrace-go/millrace/observe/otel"
)

// rig is an observer whose metrics and spans a test reads.
type rig struct {
	*otel.Observer
	reader *metric.ManualReader
	spans  *tracetest.InMemoryExporter
	tracer *trace.TracerProvider
}

func newRig(t *testing.T, opts ...otel.Option) *rig {
	t.Helper()
	r := &rig{reader: metric.NewManualReader(), spans: tracetest.NewInMemoryExporter()}
	r.tracer = trace.NewTracerProvider(trace.WithSyncer(r.spans))
	meters := metric.NewMeterProvider(metric.WithReader(r.reader))
	o, err := otel.New(append(opts, nil, otel.WithMeterProvider(meters), otel.WithTracerProvider(r.tracer))...)
	if err != nil {
		t.Fatal(err)
	}
	r.Observer = o
	return r
}

// collect returns all metrics by name.
func (r *rig) collect(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	byName := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

// text returns attributes as "key=value,…", in order of their keys.
func text(set attribute.Set) string { return set.Encoded(attribute.DefaultEncoder()) }

// span returns the only span of the name.
func (r *rig) span(t *testing.T, name string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, s := range r.spans.GetSpans() {
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans have the name %q, want one", len(found), name)
	}
	return found[0]
}
