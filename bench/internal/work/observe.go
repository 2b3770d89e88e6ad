package work

import (
	"context"
	"log/slog"
	"time"

	otelmetric "go.opentelemetry.io/otel/sdk/metric"
	oteltrace "go.opentelemetry.io/otel/sdk/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/observe/prometheus"
	"github.com/millrace-go/millrace/pool"
)

// An observed is a way to observe a pool: the observer, nil for none, and the context of the
// submits.
type observed struct {
	name, note string
	open       func() (millrace.Observer, context.Context)
}

var observers = []observed{
	{Millrace, "no observer", with(nil)},
	{Millrace + ", Nop", "an observer that does nothing", with(observe.Nop{})},
	{Millrace + ", Log", "with Slow", with(observe.Log(slog.New(slog.DiscardHandler), observe.LogOptions{Slow: time.Minute}))},
	{Millrace + ", Labels", "pprof labels", with(observe.Labels())},
	{Millrace + ", Trace", "no trace is taken", with(observe.Trace())},
	{Millrace + ", Page", "", with(observe.NewPage())},
	{Millrace + ", Prometheus", "", with(prometheus.New())},
	{Millrace + ", OpenTelemetry metrics", "", otelMetrics},
	{Millrace + ", OpenTelemetry spans", "with metrics, all recorded", otelSpans},
}

// observes compares observed tasks with those of a pool without an observer.
func observes() []measure.Workload {
	const n, w = 1_000, 8
	var all []measure.Workload
	for _, t := range []struct {
		name, title string
		run         task
	}{
		{"noop", "empty", noop},
		{"2us", "of 2 µs", busy(2 * time.Microsecond)},
		{"17us", "of 17 µs", busy(17 * time.Microsecond)},
	} {
		load := measure.Workload{
			Name:  "observe/" + t.name,
			Title: "Submit and await 1,000 tasks, " + t.title + ", that are observed, 8 workers",
			Unit:  "task",
		}
		for _, o := range observers {
			load.Entries = append(load.Entries, o.entry(n, w, t.run))
		}
		load.Entries = append(load.Entries, ofSession("go + channel", noLimit, n, submitGoChannel(w, t.run)))
		all = append(all, load)
	}
	return all
}

func (o observed) entry(n, w int, run task) measure.Entry {
	return measure.Entry{Name: o.name, Note: o.note, Open: func() measure.Bench {
		observer, ctx := o.open()
		opts := []millrace.PoolOption{millrace.WithWorkers(w), millrace.WithName("bench")}
		if observer != nil {
			opts = append(opts, millrace.WithObserver(observer))
		}
		p := pool.New(opts...)
		return measure.Bench{Units: n, Close: func() { must(p.Close()) }, Work: func() {
			futures := make([]*future.Future[int], 0, n)
			for i := range n {
				futures = append(futures, pool.Submit(ctx, p, func(context.Context) (int, error) { return run(i) }))
			}
			want(awaited(ctx, futures), sumTo(n))
		}}
	}}
}

func with(o millrace.Observer) func() (millrace.Observer, context.Context) {
	return func() (millrace.Observer, context.Context) { return o, background }
}

func otelMetrics() (millrace.Observer, context.Context) {
	meters := otelmetric.NewMeterProvider(otelmetric.WithReader(otelmetric.NewManualReader()))
	o, err := otel.New(otel.WithMeterProvider(meters), otel.WithTracerProvider(nooptrace.NewTracerProvider()))
	must(err)
	return o, background
}

// otelSpans records a span for each task, in one trace, and throws them away.
func otelSpans() (millrace.Observer, context.Context) {
	tracers := oteltrace.NewTracerProvider(oteltrace.WithSpanProcessor(discard{}))
	meters := otelmetric.NewMeterProvider(otelmetric.WithReader(otelmetric.NewManualReader()))
	o, err := otel.New(otel.WithMeterProvider(meters), otel.WithTracerProvider(tracers))
	must(err)
	ctx, _ := tracers.Tracer("bench").Start(background, "request")
	return o, ctx
}

// discard is a processor that does nothing with the spans that it is given.
type discard struct{}

func (discard) OnStart(context.Context, oteltrace.ReadWriteSpan) {}
func (discard) OnEnd(oteltrace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error                   { return nil }
func (discard) ForceFlush(context.Context) error                 { return nil }
