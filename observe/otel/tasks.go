package otel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/figures"
)

// The attributes.
const (
	poolName  = attribute.Key("millrace.pool.name")
	taskName  = attribute.Key("millrace.task.name")
	taskState = attribute.Key("millrace.task.state")
	stageName = attribute.Key("millrace.stage.name")
	errorType = attribute.Key("error.type")
)

// buckets are the bounds of the histograms: a task may take microseconds or a minute.
var buckets = []float64{
	1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2,
	0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
}

// tasks are the instruments that are written to for each task.
type tasks struct {
	wait, duration     metric.Float64Histogram
	cancelled, retries metric.Int64Counter
	sets               *figures.Cache[metric.MeasurementOption] // slow to make
}

func (t *tasks) init(m metric.Meter) error {
	bounds := metric.WithExplicitBucketBoundaries(buckets...)
	t.sets = figures.NewCache(attributesOf)
	var errs [4]error
	t.wait, errs[0] = m.Float64Histogram("millrace.task.wait_time", metric.WithUnit("s"), bounds,
		metric.WithDescription("Time from the submission of a task until it started."))
	t.duration, errs[1] = m.Float64Histogram("millrace.task.duration", metric.WithUnit("s"), bounds,
		metric.WithDescription("Time that the function of a task took."))
	t.cancelled, errs[2] = m.Int64Counter("millrace.task.cancelled", metric.WithUnit("{task}"),
		metric.WithDescription("Tasks that never ran."))
	t.retries, errs[3] = m.Int64Counter("millrace.task.retries", metric.WithUnit("{task}"),
		metric.WithDescription("Attempts that failed and were followed by another."))
	return errors.Join(errs[:]...)
}

func (t *tasks) ended(ctx context.Context, info *millrace.TaskInfo) {
	set := t.sets.Of(figures.LabelsOf(info))
	t.wait.Record(ctx, info.Wait.Seconds(), set)
	t.duration.Record(ctx, info.Run.Seconds(), set)
}

func (t *tasks) neverRan(ctx context.Context, info *millrace.TaskInfo) {
	t.cancelled.Add(ctx, 1, t.sets.Of(figures.LabelsOf(info)))
}

func (t *tasks) retried(ctx context.Context, info *millrace.TaskInfo) {
	t.retries.Add(ctx, 1, t.sets.Of(figures.LabelsOf(info)))
}

func attributesOf(l figures.Labels) metric.MeasurementOption {
	attrs := []attribute.KeyValue{poolName.String(l.Pool), taskName.String(l.Task)}
	if l.ErrorType != "" {
		attrs = append(attrs, errorType.String(l.ErrorType))
	}
	return metric.WithAttributeSet(attribute.NewSet(attrs...))
}
