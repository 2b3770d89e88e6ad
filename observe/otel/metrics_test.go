package otel_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	api "go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// Once a task has been awaited, it is in both histograms, with how it failed.
func TestHistograms(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r))
	defer p.Close()
	ctx := context.Background()
	for i, c := range []struct {
		fn        func(context.Context) error
		errorType string
	}{
		{func(context.Context) error { return nil }, ""},
		{func(context.Context) error { panic("boom") }, "panic"},
		{func(context.Context) error { runtime.Goexit(); return nil }, "goexit"},
		{func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }, "timeout"},
		{func(ctx context.Context) error { return context.Canceled }, "canceled"},
		{func(ctx context.Context) error { return errors.New("boom") }, "_OTHER"},
	} {
		name := fmt.Sprint("task", i)
		_, _ = pool.Go(ctx, p, c.fn, millrace.WithTaskName(name), millrace.WithTimeout(time.Millisecond)).Await(ctx)
		want := "millrace.pool.name=web,millrace.task.name=" + name
		if c.errorType != "" {
			want = "error.type=" + c.errorType + "," + want
		}
		all := r.collect(t)
		for _, metric := range []string{"millrace.task.wait_time", "millrace.task.duration"} {
			found := false
			for _, point := range all[metric].Data.(metricdata.Histogram[float64]).DataPoints {
				found = found || text(point.Attributes) == want && point.Count == 1
			}
			if !found {
				t.Errorf("%s has no point with %s once the task has been awaited: %+v", metric, want, all[metric].Data)
			}
		}
	}
}

// A task that never ran is counted, by the reason.
func TestCancelled(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	none := func(context.Context) error { return nil }
	pool.Go(ctx, p, none, millrace.WithTaskName("a"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	pool.Go(context.Background(), p, none, millrace.WithTaskName("b"))
	var got []string
	for _, point := range r.collect(t)["millrace.task.cancelled"].Data.(metricdata.Sum[int64]).DataPoints {
		got = append(got, fmt.Sprint(text(point.Attributes), " ", point.Value))
	}
	slices.Sort(got)
	want := []string{
		"error.type=_OTHER,millrace.pool.name=web,millrace.task.name=b 1",
		"error.type=canceled,millrace.pool.name=web,millrace.task.name=a 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("cancelled tasks %v, want %v", got, want)
	}
}

// The figures of a pool are those of its Stats, until it is removed.
func TestPoolFigures(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r), millrace.WithWorkers(2), millrace.WithQueue(3), millrace.WithMaxWeight(50))
	remove := r.Add(p)
	end := make(chan struct{})
	started := make(chan struct{}, 5)
	for range 5 {
		pool.Go(context.Background(), p, func(context.Context) error { started <- struct{}{}; <-end; return nil }, millrace.WithWeight(7))
	}
	<-started
	<-started
	all := r.collect(t)
	for metric, want := range map[string]string{
		"millrace.task.count": "deferred 0, queued 3, running 2, waiting 0", "millrace.task.submitted": " 5", "millrace.task.refused": " 0",
		"millrace.pool.slot.limit": " 2", "millrace.pool.queue.limit": " 3", "millrace.pool.weight.limit": " 50",
		"millrace.pool.weight.usage": " 14", "millrace.pool.goroutine.count": " 2", "millrace.pool.submitter.pending": " 0",
	} {
		var got []string
		for _, point := range all[metric].Data.(metricdata.Sum[int64]).DataPoints {
			state, _ := point.Attributes.Value("millrace.task.state")
			got = append(got, fmt.Sprint(state.AsString(), " ", point.Value))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("%s is %v, want %s", metric, got, want)
		}
	}
	close(end)
	_ = p.Close()
	remove()
	if _, there := r.collect(t)["millrace.pool.slot.limit"]; there {
		t.Error("the figures are still there after the pool was removed")
	}
}

// A bound of 0 is one. A pool without bounds has no point for them.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		opts        []millrace.PoolOption
		queue       []int64
		weightLimit bool
	}{
		{nil, nil, false},
		{[]millrace.PoolOption{millrace.WithQueue(0), millrace.WithMaxWeight(1)}, []int64{0}, true},
	} {
		r := newRig(t)
		p := pool.New(c.opts...)
		r.Add(p)
		all := r.collect(t)
		var queue []int64
		if m, there := all["millrace.pool.queue.limit"]; there {
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				queue = append(queue, point.Value)
			}
		}
		_, weightLimit := all["millrace.pool.weight.limit"]
		if !slices.Equal(queue, c.queue) || weightLimit != c.weightLimit {
			t.Errorf("the limits of the queue are %v, and there is one of the weight: %t; want %v and %t", queue, weightLimit, c.queue, c.weightLimit)
		}
		_ = p.Close()
	}
}

// After Unregister no figures of pools and stages are collected; tasks are counted as before.
func TestUnregister(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithObserver(r))
	r.Add(p)
	if err := pool.ForN(t.Context(), p, 3, func(context.Context, int) error { return nil }, millrace.WithTaskName("item")); err != nil {
		t.Error(err)
	}
	_ = p.Close()
	before := len(r.collect(t))
	if err := r.Unregister(); err != nil {
		t.Error(err)
	}
	after := r.collect(t)
	if before <= 2 || len(after) != 2 || after["millrace.task.duration"].Data == nil || after["millrace.task.wait_time"].Data == nil {
		t.Errorf("%d metrics before Unregister, and %v after it; want the two histograms of tasks alone", before, after)
	}
}

// A run that has ended is not asked any more: its items stay as they were then.
func TestRunEnds(t *testing.T) {
	r := newRig(t)
	g := millrace.Progress{Pulled: 5, Delivered: 5, Running: 1}
	_, ended := r.Run(t.Context(), millrace.RunInfo{Pool: "etl", Name: "parse", Probe: func() millrace.Progress { return g }})
	ended()
	g.Delivered = 9
	all := r.collect(t)
	for metric, want := range map[string]int64{"millrace.stage.item.count": 5, "millrace.stage.runner.count": 0} {
		points := all[metric].Data.(metricdata.Sum[int64]).DataPoints
		if len(points) != 1 || points[0].Value != want {
			t.Errorf("%s is %+v, want %d", metric, points, want)
		}
	}
}

// A stage has figures while it runs, and keeps its count.
func TestStageFigures(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("etl"), millrace.WithObserver(r))
	defer p.Close()
	s := stream.Map(stream.FromSeq(numbers(10)), p, func(_ context.Context, n int) (int, error) { return n, nil },
		millrace.WithTaskName("parse"), millrace.WithWindow(4))
	seen := 0
	if err := s.ForEach(context.Background(), func(int) error {
		if seen++; seen == 5 {
			all := r.collect(t)
			window := all["millrace.stage.window.utilization"].Data.(metricdata.Gauge[float64]).DataPoints
			if len(window) != 1 || window[0].Value < 0 || window[0].Value > 1.5 || text(window[0].Attributes) != "millrace.pool.name=etl,millrace.stage.name=parse" {
				t.Errorf("the window's utilization is %+v, want one value from 0 to 1.5 of stage parse in pool etl", window)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	items := r.collect(t)["millrace.stage.item.count"].Data.(metricdata.Sum[int64]).DataPoints
	if len(items) != 1 || items[0].Value != 10 || text(items[0].Attributes) != "millrace.pool.name=etl,millrace.stage.name=parse" {
		t.Errorf("the stage has delivered %+v, want 10 items", items)
	}
}

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// The package's documentation names every metric with its instrument and unit, and no
// other.
func TestDocumentedMetrics(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r), millrace.WithQueue(3), millrace.WithMaxWeight(50))
	r.Add(p)
	ctx := context.Background()
	pool.Go(ctx, p, func(context.Context) error { return nil })
	info := &millrace.TaskInfo{Pool: "web", Attempt: 1, Err: future.ErrCancelled}
	r.NeverRan(ctx, info)
	r.Retried(ctx, info, 0)
	_, ended := r.Run(ctx, millrace.RunInfo{Probe: func() millrace.Progress { return millrace.Progress{} }})
	defer ended()
	_ = p.Close()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(millrace\.\S+)\s+(\S+(?: \S+)*)\s{2,}(\S+)`).FindAllStringSubmatch(string(doc), -1) {
		documented[row[1]] = row[2] + " " + row[3]
	}
	got := map[string]string{}
	for name, m := range r.collect(t) {
		got[name] = kind(m.Data) + " " + m.Unit
		if m.Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
	for name, want := range documented {
		if got[name] != strings.TrimPrefix(want, "observable ") {
			t.Errorf("%s is %q, documented as %q", name, got[name], want)
		}
	}
	for name := range got {
		if documented[name] == "" {
			t.Errorf("%s is not documented", name)
		}
	}
	if len(documented) != 17 {
		t.Errorf("%d metrics are documented, want 17: %v", len(documented), documented)
	}
}

func kind(data metricdata.Aggregation) string {
	switch data := data.(type) {
	case metricdata.Histogram[float64]:
		return "histogram"
	case metricdata.Gauge[float64]:
		return "gauge"
	case metricdata.Sum[int64]:
		if data.IsMonotonic {
			return "counter"
		}
		return "up-down counter"
	}
	return fmt.Sprintf("%T", data)
}

// What a provider does not make is in New's error; the observer is usable.
func TestProviderFails(t *testing.T) {
	for _, meter := range []metric.Meter{noCallbacks{}, noInstruments{t: t}} {
		o, err := otel.New(otel.WithMeterProvider(failing{meter: meter}))
		if !errors.Is(err, errProvider) {
			t.Errorf("%T: New = %v, want the provider's error", meter, err)
		}
		p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(o))
		o.Add(p)
		release := make(chan struct{})
		running := pool.Go(t.Context(), p, func(context.Context) error { <-release; return nil })
		pool.Go(t.Context(), p, func(context.Context) error { return nil }).Cancel()
		close(release)
		if _, err := running.Await(t.Context()); err != nil {
			t.Error(err)
		}
		again := func(int, error) (time.Duration, bool) { return 0, true }
		attempts := 0
		_, err = pool.Go(t.Context(), p, func(context.Context) error {
			if attempts++; attempts == 1 {
				return errProvider
			}
			return nil
		}, millrace.WithRetry(again)).Await(t.Context())
		if err != nil {
			t.Error(err)
		}
		_ = p.Close()
		if n := p.Stats().DroppedObservers; n != 0 {
			t.Errorf("%T: the observer is dropped", meter)
		}
		if err := o.Unregister(); err != nil {
			t.Errorf("%T: Unregister = %v", meter, err)
		}
	}
}

// A provider that is nil, or returns nil, is an error of New, and no panic then or later.
func TestNoProvider(t *testing.T) {
	setProviders := func(m metric.MeterProvider, t trace.TracerProvider) {
		api.SetMeterProvider(m)
		api.SetTracerProvider(t)
	}
	setProviders(noop.NewMeterProvider(), notrace.NewTracerProvider()) // for those that have used the default
	defer setProviders(noop.NewMeterProvider(), notrace.NewTracerProvider())
	setProviders(nil, nil)
	for name, opts := range map[string][]otel.Option{
		"nil":         {otel.WithRoots()},
		"returns nil": {otel.WithRoots(), otel.WithMeterProvider(failing{}), otel.WithTracerProvider(noTracer{})},
	} {
		o, err := otel.New(opts...)
		if err == nil || !strings.Contains(err.Error(), "no meter") || !strings.Contains(err.Error(), "no tracer") {
			t.Errorf("%s: New = %v, want that there is neither a meter nor a tracer", name, err)
		}
		p := pool.New(millrace.WithObserver(o))
		defer o.Add(p)()
		_, err = pool.Go(t.Context(), p, func(context.Context) error { return nil }).Await(t.Context())
		_ = p.Close()
		if n := p.Stats().DroppedObservers; err != nil || n != 0 {
			t.Errorf("%s: Await = %v, and %d observers are dropped, want no error, and none", name, err, n)
		}
	}
}

type noTracer struct{ notrace.TracerProvider }

func (noTracer) Tracer(string, ...trace.TracerOption) trace.Tracer { return nil }

var errProvider = errors.New("the provider fails")

// failing is a provider with this meter.
type failing struct {
	noop.MeterProvider
	meter metric.Meter
}

func (f failing) Meter(string, ...metric.MeterOption) metric.Meter { return f.meter }

// noCallbacks registers no callbacks.
type noCallbacks struct{ noop.Meter }

func (noCallbacks) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return nil, errProvider
}

// noInstruments makes none of the instruments that tasks are measured with, and no observable
// counter.
type noInstruments struct {
	noop.Meter
	t *testing.T
}

func (noInstruments) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errProvider
}

func (noInstruments) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errProvider
}

func (noInstruments) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return nil, errProvider
}

func (m noInstruments) RegisterCallback(_ metric.Callback, all ...metric.Observable) (metric.Registration, error) {
	if len(all) == 0 || slices.Contains(all, nil) {
		m.t.Errorf("RegisterCallback(%v), want the observables that were made", all)
	}
	return noop.Registration{}, nil
}
