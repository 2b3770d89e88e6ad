package prometheus

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/figures"
)

// The labels.
const (
	poolName  = "millrace_pool_name"
	taskName  = "millrace_task_name"
	taskState = "millrace_task_state"
	stageName = "millrace_stage_name"
	errorType = "error_type"
)

// buckets are the bounds of the histograms: a task may take microseconds or a minute.
var buckets = []float64{
	1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2,
	0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
}

// tasks is what is counted for each task.
type tasks struct {
	wait, duration     *prometheus.HistogramVec
	cancelled, retries *prometheus.CounterVec
	kept               *figures.Cache[*series] // slow to find by labels
}

// series are those of the tasks with the same labels. There is a histogram once a task
// has ended.
type series struct {
	labels         figures.Labels
	once           sync.Once
	wait, duration prometheus.Observer
}

func newTasks() *tasks {
	names := []string{poolName, taskName, errorType}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, names)
	}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, names)
	}
	return &tasks{
		wait:      histogram("millrace_task_wait_time_seconds", "Time from the submission of a task until it started."),
		duration:  histogram("millrace_task_duration_seconds", "Time that the function of a task took."),
		cancelled: counter("millrace_task_cancelled_total", "Tasks that never ran."),
		retries:   counter("millrace_task_retries_total", "Attempts that failed and were followed by another."),
		kept:      figures.NewCache(func(l figures.Labels) *series { return &series{labels: l} }),
	}
}

func (s *tasks) all() []prometheus.Collector {
	return []prometheus.Collector{s.wait, s.duration, s.cancelled, s.retries}
}

func (s *tasks) ended(t *millrace.TaskInfo) {
	x := s.kept.OfTask(t)
	x.once.Do(func() {
		x.wait = s.wait.WithLabelValues(x.labels.Pool, x.labels.Task, x.labels.ErrorType)
		x.duration = s.duration.WithLabelValues(x.labels.Pool, x.labels.Task, x.labels.ErrorType)
	})
	x.wait.Observe(t.Wait.Seconds())
	x.duration.Observe(t.Run.Seconds())
}

// count counts a task that has not run, or not to its end.
func (s *tasks) count(c *prometheus.CounterVec, t *millrace.TaskInfo) {
	l := s.kept.OfTask(t).labels
	c.WithLabelValues(l.Pool, l.Task, l.ErrorType).Inc()
}
