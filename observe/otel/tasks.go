package otel

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

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
	kept               *figures.Cache[*series] // slow to make
}

// A series is what the tasks with the same labels have in common: the arguments of each
// measurement, and the attributes of each span.
type series struct {
	name   string // of the task
	attrs  [2]attribute.KeyValue
	record []metric.RecordOption
	add    []metric.AddOption
	unused sync.Pool // of *attributes: spans copy them, and to make them costs as much as to copy
}

func newSeries(l figures.Labels) *series {
	s := &series{name: l.Task, attrs: [...]attribute.KeyValue{poolName.String(l.Pool), taskName.String(l.Task)}}
	s.unused.New = func() any { return &attributes{1: s.attrs[0], 2: s.attrs[1]} }
	attrs := s.attrs[:]
	if l.ErrorType != "" {
		attrs = append(attrs, errorType.String(l.ErrorType))
	}
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	s.record, s.add = []metric.RecordOption{set}, []metric.AddOption{set}
	return s
}

func (t *tasks) init(m metric.Meter) error {
	bounds := metric.WithExplicitBucketBoundaries(buckets...)
	t.kept = figures.NewCache(newSeries)
	var errs [4]error
	t.wait, errs[0] = m.Float64Histogram("millrace.task.wait_time", metric.WithUnit("s"), bounds,
		metric.WithDescription("Time from the submission of a task until it started."))
	t.duration, errs[1] = m.Float64Histogram("millrace.task.duration", metric.WithUnit("s"), bounds,
		metric.WithDescription("Time that the function of a task took."))
	t.cancelled, errs[2] = m.Int64Counter("millrace.task.cancelled", metric.WithUnit("{task}"),
		metric.WithDescription("Tasks that never ran."))
	t.retries, errs[3] = m.Int64Counter("millrace.task.retries", metric.WithUnit("{task}"),
		metric.WithDescription("Attempts that failed and were followed by another."))
	// In place of those that the provider has not made.
	t.wait, t.duration = cmp.Or[metric.Float64Histogram](t.wait, noop.Float64Histogram{}), cmp.Or[metric.Float64Histogram](t.duration, noop.Float64Histogram{})
	t.cancelled, t.retries = cmp.Or[metric.Int64Counter](t.cancelled, noop.Int64Counter{}), cmp.Or[metric.Int64Counter](t.retries, noop.Int64Counter{})
	return errors.Join(errs[:]...)
}

// ended measures a task. Its span, which ctx has, becomes an exemplar of the duration. As
// an exemplar of the wait as well it would say no more, and cost as much again.
func (t *tasks) ended(ctx context.Context, info *millrace.TaskInfo) {
	x := t.kept.OfTask(info)
	t.wait.Record(context.Background(), info.Wait.Seconds(), x.record...)
	t.duration.Record(ctx, info.Run.Seconds(), x.record...)
}
