package otel_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

func value(attrs []attribute.KeyValue, key attribute.Key) string {
	for _, a := range attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// A task's span is a child of its submitter's, the task's own tasks nest in it, and it
// has ended when the task has been awaited.
func TestSpansNest(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r), millrace.WithWorkers(1))
	defer p.Close()
	ctx, root := r.tracer.Tracer("test").Start(context.Background(), "request")
	_, err := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
		_, err := pool.Go(ctx, p, func(context.Context) error { return errors.New("boom") }, millrace.WithTaskName("inner")).Await(ctx)
		inner := r.span(t, "inner")
		if inner.Status.Code != codes.Error || inner.Status.Description != "boom" || value(inner.Attributes, "error.type") != "_OTHER" || len(inner.Events) != 1 {
			t.Errorf("the span of the inner task is %+v, want that it failed", inner)
		}
		return 0, err
	}, millrace.WithTaskName("outer")).Await(ctx)
	if err == nil {
		t.Fatal("no error")
	}
	root.End()
	request, outer, inner := r.span(t, "request"), r.span(t, "outer"), r.span(t, "inner")
	if outer.Parent.SpanID() != request.SpanContext.SpanID() || inner.Parent.SpanID() != outer.SpanContext.SpanID() {
		t.Errorf("the parents are %v and %v, want the request and the outer task", outer.Parent, inner.Parent)
	}
	if inner.EndTime.After(outer.EndTime) || outer.EndTime.After(request.EndTime) || inner.StartTime.Before(outer.StartTime) {
		t.Errorf("the spans do not nest in time: %v to %v in %v to %v", inner.StartTime, inner.EndTime, outer.StartTime, outer.EndTime)
	}
	if value(outer.Attributes, "millrace.pool.name") != "web" || value(outer.Attributes, "millrace.task.name") != "outer" || value(outer.Attributes, "millrace.task.wait_time") == "" {
		t.Errorf("the attributes are %v, want the pool web, the task outer, and a wait time", outer.Attributes)
	}
}

// The span of a task that has succeeded says nothing of a failure, nor of attempts.
func TestSpanOfSuccess(t *testing.T) {
	r := newRig(t, otel.WithRoots())
	p := pool.New(millrace.WithObserver(r))
	pool.Go(t.Context(), p, func(context.Context) error { return nil }, millrace.WithTaskName("good"))
	_ = p.Close()
	span := r.span(t, "good")
	if span.Status.Code != codes.Unset || len(span.Events) != 0 || value(span.Attributes, "error.type") != "" || value(span.Attributes, "millrace.task.attempt") != "" {
		t.Errorf("the span is %+v, want one without an error and an attempt", span)
	}
}

// With WithLinks only items are roots: a task is a child of its submitter's span, and so is
// one that an item submits.
func TestLinksOfItemsAlone(t *testing.T) {
	r := newRig(t, otel.WithLinks())
	p := pool.New(millrace.WithObserver(r), millrace.WithWorkers(1))
	nothing := func(context.Context) error { return nil }
	ctx, root := r.tracer.Tracer("test").Start(t.Context(), "request")
	pool.Go(ctx, p, nothing, millrace.WithTaskName("task"))
	if err := pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error {
		_, err := pool.Go(ctx, p, nothing, millrace.WithTaskName("of item")).Await(ctx)
		return err
	}, millrace.WithTaskName("item")); err != nil {
		t.Error(err)
	}
	_ = p.Close()
	root.End()
	request := r.span(t, "request").SpanContext.SpanID()
	var item trace.SpanID // a root, as the request is
	for _, s := range r.spans.GetSpans() {
		if !s.Parent.IsValid() && s.Name == "item" {
			item = s.SpanContext.SpanID()
		}
	}
	for name, parent := range map[string]trace.SpanID{"task": request, "of item": item} {
		if s := r.span(t, name); s.Parent.SpanID() != parent || !parent.IsValid() || len(s.Links) != 0 {
			t.Errorf("the parent of %q is %v, and it has the links %v; want the parent %v alone", name, s.Parent.SpanID(), s.Links, parent)
		}
	}
}

// Without a span of its submitter a task has none, or is a root by option.
func TestRoots(t *testing.T) {
	for _, roots := range []bool{false, true} {
		var opts []otel.Option
		if roots {
			opts = append(opts, otel.WithRoots())
		}
		r := newRig(t, opts...)
		p := pool.New(millrace.WithObserver(r))
		pool.Go(context.Background(), p, func(ctx context.Context) error {
			if got := trace.SpanContextFromContext(ctx).IsValid(); got != roots {
				t.Errorf("the task has a span: %t, want %t", got, roots)
			}
			return nil
		})
		_ = p.Close()
		if n := len(r.spans.GetSpans()); (n == 1) != roots {
			t.Errorf("WithRoots: %t: %d spans, want one with it, or else none", roots, n)
		}
	}
}

// The span of a panic has its stack.
func TestPanicSpan(t *testing.T) {
	r := newRig(t, otel.WithRoots())
	p := pool.New(millrace.WithObserver(r))
	pool.Go(context.Background(), p, func(context.Context) error { panic("boom") }, millrace.WithTaskName("bad"))
	_ = p.Close()
	span := r.span(t, "bad")
	if len(span.Events) != 1 || value(span.Events[0].Attributes, "exception.stacktrace") == "" || value(span.Attributes, "error.type") != "panic" {
		t.Errorf("the span is %+v, want a panic with its stack", span)
	}
}

// A task that returns a nil pointer as an error has its span and its metrics as any other.
func TestNilPointerError(t *testing.T) {
	r := newRig(t, otel.WithRoots())
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r))
	pool.Go(t.Context(), p, func(context.Context) error { return (*fs.PathError)(nil) }, millrace.WithTaskName("bad"))
	_ = p.Close()
	if span := r.span(t, "bad"); span.Status.Code != codes.Error || value(span.Attributes, "error.type") != "_OTHER" {
		t.Errorf("the span is %+v, want a failure", span)
	}
	if n := p.Stats().DroppedObservers; n != 0 {
		t.Errorf("%d observers are dropped", n)
	}
}

// That a task never ran, or will be tried again, is an event of the submitter's span.
func TestEvents(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(r))
	_ = p.Close()
	ctx, root := r.tracer.Tracer("test").Start(context.Background(), "request")
	pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithTaskName("late"))
	info := &millrace.TaskInfo{Name: "again", Attempt: 2, Submitted: time.Now(), Err: errors.New("boom")}
	r.Ended(r.Started(ctx, info), info)
	r.Retried(ctx, info, 3*time.Second)
	root.End()
	events := r.span(t, "request").Events
	if len(events) != 2 || events[0].Name != "millrace.task.never_ran" || value(events[0].Attributes, "millrace.task.name") != "late" ||
		events[1].Name != "millrace.task.retried" || value(events[1].Attributes, "millrace.task.retry_delay") != "3" {
		t.Errorf("the events are %+v, want never_ran and retried", events)
	}
	if got := value(r.span(t, "again").Attributes, "millrace.task.attempt"); got != "2" {
		t.Errorf("the attempt is %q, want 2", got)
	}
}

// The items of a named map have spans below that of the map, or with WithLinks of their
// own, with a link to it.
func TestItemSpans(t *testing.T) {
	for _, links := range []bool{false, true} {
		var opts []otel.Option
		if links {
			opts = append(opts, otel.WithLinks())
		}
		r := newRig(t, opts...)
		p := pool.New(millrace.WithName("etl"), millrace.WithObserver(r))
		ctx, root := r.tracer.Tracer("test").Start(context.Background(), "request")
		for _, err := range pool.Map(ctx, p, slices.Values([]int{1, 2, 3}), func(ctx context.Context, n int) (int, error) {
			if !trace.SpanContextFromContext(ctx).IsValid() {
				return 0, fmt.Errorf("item %d has no span", n)
			}
			return n, nil
		}, millrace.WithTaskName("parse")) {
			if err != nil {
				t.Error(err)
			}
		}
		root.End()
		_ = p.Close()
		request := r.span(t, "request").SpanContext
		var run trace.SpanContext
		n := 0
		for _, s := range r.spans.GetSpans() {
			if s.Name == "parse" && s.Parent.SpanID() == request.SpanID() {
				run = s.SpanContext
			}
		}
		for _, s := range r.spans.GetSpans() {
			if s.Name != "parse" || s.SpanContext.SpanID() == run.SpanID() {
				continue
			}
			n++
			switch {
			case !links && s.Parent.SpanID() != run.SpanID():
				t.Errorf("an item's parent is %v, want the run", s.Parent)
			case links && (s.Parent.IsValid() || len(s.Links) != 1 || s.Links[0].SpanContext.SpanID() != run.SpanID()):
				t.Errorf("an item has the parent %v and the links %v, want a root with a link to the run", s.Parent, s.Links)
			}
		}
		if n != 3 {
			t.Errorf("%d items have spans, want 3", n)
		}
	}
}

// The items of a map whose span is not recorded are observed as any others: a tracer that
// samples nothing, or none at all, is no reason to drop the observer.
func TestLinksToWhatIsNotRecorded(t *testing.T) {
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true})
	for name, tracers := range map[string]trace.TracerProvider{
		"no SDK":      noop.NewTracerProvider(),
		"not sampled": sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample())),
	} {
		o, err := otel.New(otel.WithTracerProvider(tracers), otel.WithLinks())
		if err != nil {
			t.Fatal(err)
		}
		p := pool.New(millrace.WithObserver(o))
		ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote)
		if err := pool.ForN(ctx, p, 3, func(context.Context, int) error { return nil }, millrace.WithTaskName("item")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = p.Close()
		if n := p.Stats().DroppedObservers; n != 0 {
			t.Errorf("%s: %d observers are dropped, want none", name, n)
		}
	}
}

// Whatever way a task comes to be, its span is a child of the one that its submitter's
// context has, or that of the task, map or stage which it is part of.
func TestParents(t *testing.T) {
	r := newRig(t)
	p := pool.New(millrace.WithObserver(r), millrace.WithWorkers(2))
	ctx, request := r.tracer.Tracer("test").Start(t.Context(), "request")
	nothing := func(context.Context) error { return nil }
	named := millrace.WithTaskName

	input := pool.Submit(ctx, p, func(context.Context) (int, error) { return 1, nil }, named("input"))
	then := pool.Then(ctx, p, input, func(ctx context.Context, n int) (int, error) {
		_, err := pool.Go(ctx, p, nothing, named("of then")).Await(ctx)
		return n, err
	}, named("then"))
	_, _ = then.Await(ctx)
	_ = pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		pool.Go(ctx, g, func(ctx context.Context) error { pool.Go(ctx, g, nothing, named("of member")); return nil }, named("member"))
		return nil
	})
	tries := 0
	pool.Go(ctx, p, func(ctx context.Context) error {
		tries++
		_, _ = pool.Go(ctx, p, nothing, named(fmt.Sprint("of attempt ", tries))).Await(ctx)
		return errors.New("boom")
	}, named("retried"), millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 0, n < 2 }))
	upper := stream.Map(stream.FromSlice([]int{1}), p, func(_ context.Context, n int) (int, error) { return n, nil }, named("upper"))
	lower := stream.Map(upper, p, func(ctx context.Context, n int) (int, error) {
		_, err := pool.Go(ctx, p, nothing, named("of item")).Await(ctx)
		return n, err
	}, named("lower"))
	if err := lower.Drain(ctx); err != nil {
		t.Error(err)
	}
	_ = p.Close()
	request.End()

	name := map[trace.SpanID]string{}
	for _, s := range r.spans.GetSpans() {
		name[s.SpanContext.SpanID()] = s.Name
	}
	var got []string
	for _, s := range r.spans.GetSpans() {
		got = append(got, s.Name+" in "+name[s.Parent.SpanID()])
	}
	slices.Sort(got)
	want := []string{
		"input in request", "lower in lower", "lower in request", "member in request", "of attempt 1 in retried", "of attempt 2 in retried",
		"of item in lower", "of member in member", "of then in then", "request in ", "retried in request", "retried in request",
		"then in request", "upper in lower", "upper in upper",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the spans are %q, want %q", got, want)
	}
}

// The span of a task is an exemplar of its duration.
func TestExemplar(t *testing.T) {
	r := newRig(t, otel.WithRoots())
	p := pool.New(millrace.WithObserver(r))
	pool.Go(t.Context(), p, func(context.Context) error { return nil }, millrace.WithTaskName("render"))
	_ = p.Close()
	points := r.collect(t)["millrace.task.duration"].Data.(metricdata.Histogram[float64]).DataPoints
	span := r.span(t, "render").SpanContext.SpanID()
	if len(points) != 1 || len(points[0].Exemplars) != 1 || trace.SpanID(points[0].Exemplars[0].SpanID) != span {
		t.Errorf("the durations are %+v, want one with the exemplar %v", points, span)
	}
	if bounds := points[0].Bounds; bounds[0] != 1e-5 || bounds[len(bounds)-1] != 60 {
		t.Errorf("the buckets are %v, want 10 µs to a minute", bounds)
	}
}

func TestMisuse(t *testing.T) {
	for name, call := range map[string]func(){
		"WithMeterProvider(nil)":  func() { otel.WithMeterProvider(nil) },
		"WithTracerProvider(nil)": func() { otel.WithTracerProvider(nil) },
		"Add(nil)":                func() { newRig(t).Add(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			call()
		}()
	}
}
