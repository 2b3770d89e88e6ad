package otel

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/observe/internal/safe"
)

// The attributes that only spans have.
const (
	waitTime   = attribute.Key("millrace.task.wait_time")
	attempt    = attribute.Key("millrace.task.attempt")
	retryDelay = attribute.Key("millrace.task.retry_delay")
)

// spans makes spans of tasks and runs.
type spans struct {
	tracer       trace.Tracer
	roots, links bool
}

// attributes are those of a span: its wait time, pool and task.
type attributes [3]attribute.KeyValue

// runKey is where an item finds the id of its run's span, in its context. Spans themselves
// need not be comparable: those that are not recorded are not.
type runKey struct{}

// start begins the span of a task, if it is to have one. A root has its attributes from
// the beginning, for samplers. A child, whose parent has been sampled or not, gets them
// afterwards: as an option of Start they would be copied twice.
func (s *spans) start(ctx context.Context, t *millrace.TaskInfo, kept *figures.Cache[*series]) context.Context {
	t.Note = nil
	parent := trace.SpanFromContext(ctx)
	child := parent.SpanContext().IsValid()
	if !s.roots && !child {
		return ctx
	}
	x := kept.OfTask(t)
	var opts []trace.SpanStartOption
	if s.links && child && ctx.Value(runKey{}) == parent.SpanContext().SpanID() {
		opts = append(opts, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: parent.SpanContext()}))
		child = false
	}
	var span trace.Span
	if child {
		ctx, span = s.tracer.Start(ctx, x.name)
		if span.IsRecording() {
			attrs := x.unused.Get().(*attributes)
			attrs[0] = waitTime.Float64(t.Wait.Seconds())
			span.SetAttributes(attrs[:]...)
			x.unused.Put(attrs)
		}
	} else {
		attrs := trace.WithAttributes(waitTime.Float64(t.Wait.Seconds()), x.attrs[0], x.attrs[1])
		ctx, span = s.tracer.Start(ctx, x.name, append(opts, attrs)...)
	}
	if t.Attempt > 1 {
		span.SetAttributes(attempt.Int(t.Attempt))
	}
	t.Note = span
	return ctx
}

// end ends the span of a task.
func (s *spans) end(t *millrace.TaskInfo) {
	span, ok := t.Note.(trace.Span)
	if !ok {
		return
	}
	if t.Err != nil && span.IsRecording() {
		fail(span, t)
	}
	span.End()
}

// mostText is how many bytes a span has of an error: one that is huge must not keep the
// spans that are sent with it from arriving.
const mostText = 4000

// fail records on a span how its task has failed. It is what RecordError does, whatever the
// error's text is, and whatever its methods do.
func fail(span trace.Span, t *millrace.TaskInfo) {
	text := safe.Cut(safe.Text(t.Err), mostText)
	attrs := []attribute.KeyValue{attribute.String("exception.type", fmt.Sprintf("%T", t.Err)), attribute.String("exception.message", text)}
	if p := safe.PanicOf(t.Err); p != nil {
		attrs = append(attrs, attribute.String("exception.stacktrace", string(p.Stack)))
	}
	span.SetAttributes(errorType.String(observe.ErrorType(t)))
	span.SetStatus(codes.Error, text)
	span.AddEvent("exception", trace.WithTimestamp(t.Submitted.Add(t.Wait+t.Run)), trace.WithAttributes(attrs...))
}

// retried adds an event to the submitter's span: there will be another attempt.
func retried(parent trace.Span, t *millrace.TaskInfo, x *series, delay time.Duration) {
	if parent.IsRecording() {
		parent.AddEvent("millrace.task.retried", trace.WithAttributes(x.attrs[1],
			attempt.Int(t.Attempt), errorType.String(observe.ErrorType(t)), retryDelay.Float64(delay.Seconds())))
	}
}

// neverRan adds an event to the submitter's span: the task never ran.
func neverRan(parent trace.Span, t *millrace.TaskInfo, x *series) {
	if parent.IsRecording() {
		parent.AddEvent("millrace.task.never_ran", trace.WithAttributes(x.attrs[0], x.attrs[1], errorType.String(observe.ErrorType(t))))
	}
}

// startRun begins the span of a map or a stage, or returns nil.
func (s *spans) startRun(ctx context.Context, r millrace.RunInfo) (context.Context, trace.Span) {
	if !s.roots && !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, nil
	}
	name := figures.Valid(r.Name)
	ctx, span := s.tracer.Start(ctx, cmp.Or(name, "map"), trace.WithAttributes(poolName.String(figures.Valid(r.Pool)), stageName.String(name)))
	return context.WithValue(ctx, runKey{}, span.SpanContext().SpanID()), span
}
