package otel_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/pool"
)

// receiver is a collector that keeps the names of what it is sent.
type receiver struct {
	mu             sync.Mutex
	metrics, spans []string
	bytes          int // of spans
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch q.URL.Path {
	case "/v1/metrics":
		var m metricspb.ExportMetricsServiceRequest
		err = proto.Unmarshal(body, &m)
		for _, resource := range m.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				for _, metric := range scope.GetMetrics() {
					r.metrics = append(r.metrics, scope.GetScope().GetName()+" "+metric.GetName())
				}
			}
		}
	case "/v1/traces":
		var m tracepb.ExportTraceServiceRequest
		r.bytes += len(body)
		err = proto.Unmarshal(body, &m)
		for _, resource := range m.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					r.spans = append(r.spans, span.GetName())
				}
			}
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// What a program sends with the official exporters arrives at a collector.
func TestOTLP(t *testing.T) {
	got := &receiver{}
	server := httptest.NewServer(got)
	defer server.Close()
	ctx := context.Background()
	toMetrics, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"), otlpmetrichttp.WithTimeout(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	toTraces, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"), otlptracehttp.WithTimeout(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(toMetrics)))
	tracers := trace.NewTracerProvider(trace.WithBatcher(toTraces))
	o, err := otel.New(otel.WithMeterProvider(meters), otel.WithTracerProvider(tracers), otel.WithRoots())
	if err != nil {
		t.Fatal(err)
	}
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(o))
	defer o.Add(p)()
	pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithTaskName("render"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := meters.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if err := tracers.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	if !slices.Contains(got.spans, "render") {
		t.Errorf("the spans %v arrived, want render", got.spans)
	}
	for _, name := range []string{"millrace.task.duration", "millrace.task.wait_time", "millrace.task.count", "millrace.pool.slot.limit"} {
		if !slices.Contains(got.metrics, "github.com/millrace-go/millrace/observe/otel "+name) {
			t.Errorf("the metrics %v arrived, want %s", got.metrics, name)
		}
	}
}

// Names and errors need not be UTF-8, as the protocol wants it of all texts. One that is
// not must not keep the other spans from arriving, nor must one that is huge.
func TestOTLPOfOddTexts(t *testing.T) {
	got := &receiver{}
	server := httptest.NewServer(got)
	defer server.Close()
	ctx := t.Context()
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"), otlptracehttp.WithTimeout(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	tracers := trace.NewTracerProvider(trace.WithBatcher(exporter))
	o, err := otel.New(otel.WithTracerProvider(tracers), otel.WithRoots())
	if err != nil {
		t.Fatal(err)
	}
	p := pool.New(millrace.WithName("w\xffeb"), millrace.WithObserver(o), millrace.WithWorkers(1))
	in, request := tracers.Tracer("test").Start(ctx, "request")
	odd := errors.New("bad \xff" + strings.Repeat("x", 1<<20))
	for _, end := range []func(context.Context) error{
		func(context.Context) error { return odd },
		func(context.Context) error { panic(odd) },
	} {
		pool.Go(in, p, end, millrace.WithTaskName("ren\xffder"), millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 0, n < 2 }))
	}
	_ = pool.ForN(in, p, 2, func(context.Context, int) error { return nil }, millrace.WithTaskName("par\xffse"))
	_ = p.Close()
	pool.Go(in, p, func(context.Context) error { return nil }, millrace.WithTaskName("la\xffte"))
	request.End()
	if err := tracers.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	slices.Sort(got.spans)
	want := []string{"par\ufffdse", "par\ufffdse", "par\ufffdse", "ren\ufffdder", "ren\ufffdder", "ren\ufffdder", "ren\ufffdder", "request"}
	if !slices.Equal(got.spans, want) {
		t.Errorf("the spans %q arrived, want %q", got.spans, want)
	}
	if got.bytes > 1<<20 {
		t.Errorf("they have %d bytes, want less than one of their errors", got.bytes)
	}
}
