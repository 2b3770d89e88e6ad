package main

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/admin"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/observe/prometheus"
)

// A telemetry is what the service tells of itself: a page and metrics on request, a log of
// what goes wrong, and spans.
type telemetry struct {
	page    *observe.Page
	metrics *prometheus.Collector
	log     millrace.Observer
	tracers *trace.TracerProvider // nil: no spans
	spans   *otel.Observer        // nil: no spans
}

// newTelemetry returns the telemetry of a service that logs to log, among others calls
// that take as long as slow, and writes spans to spans, unless that is nil.
func newTelemetry(log *slog.Logger, slow time.Duration, spans io.Writer) (*telemetry, error) {
	t := &telemetry{page: observe.NewPage(), metrics: prometheus.New(), log: observe.Log(log, observe.LogOptions{Slow: slow})}
	if spans == nil {
		return t, nil
	}
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(spans))
	if err != nil {
		return nil, err
	}
	t.tracers = trace.NewTracerProvider(trace.WithBatcher(exporter))
	t.spans, err = otel.New(otel.WithTracerProvider(t.tracers))
	return t, err
}

// observers are those of the pool.
func (t *telemetry) observers() []millrace.PoolOption {
	all := []millrace.PoolOption{millrace.WithObserver(t.log), millrace.WithObserver(t.metrics), millrace.WithObserver(t.page)}
	if t.spans != nil {
		all = append(all, millrace.WithObserver(t.spans))
	}
	return all
}

// show adds the figures of a pool to the page and to the metrics.
func (t *telemetry) show(p observe.Source) {
	t.page.Add(p)
	t.metrics.Add(p)
}

// traced gives each request a span, in which those of its calls are. It goes on with
// the trace of the client, if that has one.
func (t *telemetry) traced(h http.Handler) http.Handler {
	if t.tracers == nil {
		return h
	}
	return otelhttp.NewHandler(h, "gateway",
		otelhttp.WithTracerProvider(t.tracers),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/healthz" }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return cmp.Or(r.Pattern, r.Method) }),
	)
}

// routes returns the handler of the port for administrators.
func (t *telemetry) routes() http.Handler {
	registry := client.NewRegistry()
	registry.MustRegister(t.metrics, collectors.NewGoCollector())
	mux := http.NewServeMux()
	mux.Handle(admin.Path, t.page)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// close writes the spans that have not been written.
func (t *telemetry) close() error {
	if t.tracers == nil {
		return nil
	}
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return t.tracers.Shutdown(limit)
}
