package e2e_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/pool"
)

// tracing is the propagator of the documentation of cluster.Propagator.
type tracing struct{ propagation.TextMapPropagator }

func (t tracing) Inject(ctx context.Context, header map[string]string) {
	t.TextMapPropagator.Inject(ctx, propagation.MapCarrier(header))
}

func (t tracing) Extract(ctx context.Context, header map[string]string) context.Context {
	return t.TextMapPropagator.Extract(ctx, propagation.MapCarrier(header))
}

// A side is one that has a tracer, and a connection to the server, of its own.
type side struct {
	engine cluster.Engine
	spans  *tracetest.InMemoryExporter
	tracer *trace.TracerProvider
}

func newSide(t *testing.T, url string) *side {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := jetstream.Connect(ctx, url, jetstream.Config{Queue: "traced"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := &side{engine: cluster.Propagate(e, tracing{propagation.TraceContext{}}), spans: tracetest.NewInMemoryExporter()}
	s.tracer = trace.NewTracerProvider(trace.WithSyncer(s.spans))
	return s
}

// named returns the spans of this name.
func (s *side) named(name string) tracetest.SpanStubs {
	return slices.DeleteFunc(s.spans.GetSpans(), func(o tracetest.SpanStub) bool { return o.Name != name })
}

// A trace goes through a cluster: the span of a call on its worker is a child of the
// submitter's, one that the call submits is a child of the call's, and so are the items of
// a chunk. The metrics of the worker have the name of its pool, which is the queue's.
func TestTraceThroughCluster(t *testing.T) {
	server, err := embedded.Start("", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	submitter, worker := newSide(t, server.URL()), newSide(t, server.URL())
	reader := metric.NewManualReader()
	observer, err := otel.New(otel.WithTracerProvider(worker.tracer), otel.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	if err != nil {
		t.Fatal(err)
	}
	inner := cluster.Define("inner", func(_ context.Context, n int) (int, error) { return n + 1, nil })
	own := cluster.NewClient(worker.engine)
	outer := cluster.Define("outer", func(ctx context.Context, n int) (int, error) { return inner.Submit(ctx, own, n).Await(ctx) })
	p := pool.New(millrace.WithName("traced"), millrace.WithWorkers(2), millrace.WithQueue(2), millrace.WithObserver(observer))
	defer func() { _ = p.Close() }()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(ctx, worker.engine, p, inner, outer) }()

	asking, span := submitter.tracer.Tracer("test").Start(t.Context(), "request")
	client := cluster.NewClient(submitter.engine)
	if v, err := outer.Submit(asking, client, 1).Await(t.Context()); v != 2 || err != nil {
		t.Fatalf("Await() = %v, %v, want 2", v, err)
	}
	for _, err := range inner.Map(asking, client, slices.Values([]int{1, 2, 3}), cluster.WithChunk(3), millrace.WithTimeout(time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if v, err := inner.Submit(t.Context(), client, 5).Await(t.Context()); v != 6 || err != nil { // of no trace
		t.Fatalf("Await() = %v, %v, want 2", v, err)
	}
	span.End()
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil { // now all spans have ended
		t.Fatal(err)
	}
	request := submitter.named("request")[0].SpanContext
	outers, inners := worker.named("outer"), worker.named("inner")
	if len(outers) != 1 || outers[0].Parent.SpanID() != request.SpanID() || outers[0].SpanContext.TraceID() != request.TraceID() || !outers[0].Parent.IsRemote() {
		t.Fatalf("the worker's spans of the call are %+v, want one, a child of the submitter's %v", outers, request)
	}
	if len(inners) != 5 {
		t.Fatalf("%d spans of the inner call, of three items and of their map, want 5", len(inners))
	}
	if chunks := worker.named("inner chunk"); len(chunks) != 1 || chunks[0].Parent.SpanID() != request.SpanID() {
		t.Errorf("the spans of the chunk are %+v, want one, a child of the submitter's", chunks)
	}
	ofCall := 0
	for _, s := range inners {
		if s.SpanContext.TraceID() != request.TraceID() {
			t.Errorf("the span %+v is of another trace", s)
		}
		if s.Parent.SpanID() == outers[0].SpanContext.SpanID() {
			ofCall++
		}
	}
	if ofCall != 1 {
		t.Errorf("%d spans are children of the call that submitted one", ofCall)
	}
	checkPoolName(t, reader, "traced")
}

// checkPoolName checks that the durations of tasks have the name of their pool.
func checkPoolName(t *testing.T, reader *metric.ManualReader, want string) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			h, ok := m.Data.(metricdata.Histogram[float64])
			if !ok || m.Name != "millrace.task.duration" {
				continue
			}
			for _, point := range h.DataPoints {
				if name, _ := point.Attributes.Value("millrace.pool.name"); name.AsString() != want {
					t.Errorf("a duration has the pool %q, want %q", name.AsString(), want)
				}
			}
			return
		}
	}
	t.Error("there are no durations")
}
