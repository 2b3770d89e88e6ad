package otel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// tree returns the spans that have ended, in order: each with its kind and name, what it is in,
// and what it has links to.
func (r *rig) tree() (all []string) {
	name := map[trace.SpanID]string{}
	for _, s := range r.spans.GetSpans() {
		kind := ""
		switch {
		case value(s.Attributes, "millrace.task.name") != "":
			kind = "task "
		case value(s.Attributes, "millrace.pool.name") != "":
			kind = "run "
		}
		name[s.SpanContext.SpanID()] = kind + s.Name
	}
	for _, s := range r.spans.GetSpans() {
		text := name[s.SpanContext.SpanID()]
		if s.Parent.IsValid() {
			text += " in " + name[s.Parent.SpanID()]
		}
		for _, l := range s.Links {
			text += " of " + name[l.SpanContext.SpanID()]
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// grows fails the test unless the spans are these.
func (r *rig) grows(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := r.tree(); !slices.Equal(got, want) {
		t.Errorf("the spans are\n%q, want\n%q", got, want)
	}
}

// A map or a pipeline that is not part of a trace has no spans. With WithRoots its span is a root,
// and those of its items are in it, or with WithLinks have a link to it.
func TestRootsOfRuns(t *testing.T) {
	run := func(t *testing.T, opts ...otel.Option) *rig {
		r := newRig(t, opts...)
		p := pool.New(millrace.WithName("etl"), millrace.WithObserver(r))
		if err := pool.ForN(t.Context(), p, 2, func(context.Context, int) error { return nil }, millrace.WithTaskName("item")); err != nil {
			t.Error(err)
		}
		if _, err := pool.MapSlice(t.Context(), p, []int{1}, func(_ context.Context, n int) (int, error) { return n, nil }); err != nil {
			t.Error(err)
		}
		same := func(_ context.Context, n int) (int, error) { return n, nil }
		upper := stream.Map(stream.FromSlice([]int{1}), p, same, millrace.WithTaskName("upper"))
		if err := stream.Map(upper, p, same, millrace.WithTaskName("lower")).Drain(t.Context()); err != nil {
			t.Error(err)
		}
		_ = p.Close()
		return r
	}
	run(t).grows(t)
	run(t, otel.WithLinks()).grows(t)
	r := run(t, otel.WithRoots())
	r.grows(t, "run item", "task item in run item", "task item in run item", "run map",
		"run lower", "run upper in run lower", "task lower in run lower", "task upper in run upper")
	for _, s := range r.spans.GetSpans() {
		if stage := value(s.Attributes, "millrace.stage.name"); s.Name == "map" && stage != "" || (s.Name == "lower" && !s.Parent.IsValid() && stage != "lower") {
			t.Errorf("the span %s has the stage %q", s.Name, stage)
		}
		if got := value(s.Attributes, "millrace.pool.name"); got != "etl" {
			t.Errorf("the span %s is of the pool %q, want etl", s.Name, got)
		}
	}
	run(t, otel.WithRoots(), otel.WithLinks()).grows(t, "run item", "task item of run item", "task item of run item", "run map",
		"run lower", "run upper in run lower", "task lower of run lower", "task upper of run upper")
}

// The trace of a task's submitter reaches it however late and wherever it runs: after a delay, in
// a later attempt, in place of a blocked submitter, and as an item with options of its own.
func TestParentsOfLateTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		r := newRig(t)
		p := pool.New(millrace.WithName("web"), millrace.WithObserver(r), millrace.WithWorkers(1), millrace.WithQueue(1))
		ctx, request := r.tracer.Tracer("test").Start(t.Context(), "request")
		named := millrace.WithTaskName
		has := func(ctx context.Context) error {
			if !trace.SpanFromContext(ctx).IsRecording() {
				return errors.New("a task has no span in its context")
			}
			return nil
		}
		delayed := pool.Go(ctx, p, has, named("delayed"), millrace.WithDelay(time.Minute))
		again := pool.Go(ctx, p, func(ctx context.Context) error { return errors.Join(has(ctx), errors.New("boom")) }, named("retried"),
			millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Minute, n < 2 }))
		_, _ = again.Await(ctx)
		if _, err := delayed.Await(ctx); err != nil {
			t.Error(err)
		}
		busy := pool.Go(ctx, p, func(context.Context) error { time.Sleep(time.Minute); return nil }, named("busy"))
		queued := pool.Go(ctx, p, has, named("queued"))
		if _, err := pool.Go(ctx, p, func(ctx context.Context) error {
			_, err := pool.Go(ctx, p, has, named("of caller's"), millrace.WithOverflow(millrace.CallerRuns)).Await(ctx)
			return err
		}, named("caller's"), millrace.WithOverflow(millrace.CallerRuns)).Await(ctx); err != nil {
			t.Error(err)
		}
		expired := pool.Go(ctx, p, has, named("expired"), millrace.WithDelay(time.Hour), millrace.WithMaxWait(time.Minute))
		_, _ = expired.Await(ctx)
		_, _ = busy.Await(ctx)
		_, _ = queued.Await(ctx)
		if err := pool.ForEach(ctx, p, slices.Values([]int{1}), func(ctx context.Context, _ int) error { return has(ctx) }, named("item"),
			millrace.PerItem(func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithDelay(time.Second)} })); err != nil {
			t.Error(err)
		}
		_ = p.Close()
		request.End()
		r.grows(t, "request", "task delayed in request", "task retried in request", "task retried in request", "task busy in request",
			"task queued in request", "task caller's in request", "task of caller's in task caller's", "run item in request", "task item in run item")
		var events []string
		for _, e := range r.span(t, "request").Events {
			events = append(events, fmt.Sprint(e.Name, " ", value(e.Attributes, "millrace.task.name"), " ", value(e.Attributes, "error.type"), " ", value(e.Attributes, "millrace.task.retry_delay")))
		}
		if want := []string{"millrace.task.retried retried _OTHER 60", "millrace.task.never_ran expired timeout "}; !slices.Equal(events, want) {
			t.Errorf("the events of the request are %q, want %q", events, want)
		}
	})
}
