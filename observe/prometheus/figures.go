package prometheus

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/pool"
)

// A figure is a metric that is read when it is scraped.
type figure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func newFigure(kind prometheus.ValueType, name, help string, labels ...string) figure {
	return figure{prometheus.NewDesc(name, help, append([]string{poolName}, labels...), nil), kind}
}

func (f figure) send(to chan<- prometheus.Metric, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(f.desc, f.kind, value, labels...)
}

var (
	count       = newFigure(prometheus.GaugeValue, "millrace_task_count", "Tasks that have not ended, by state.", taskState)
	submitted   = newFigure(prometheus.CounterValue, "millrace_task_submitted_total", "Tasks that the pool took, items of maps among them.")
	refused     = newFigure(prometheus.CounterValue, "millrace_task_refused_total", "Tasks that the pool turned away.")
	slotLimit   = newFigure(prometheus.GaugeValue, "millrace_pool_slot_limit", "Tasks that may run at once.")
	queueLimit  = newFigure(prometheus.GaugeValue, "millrace_pool_queue_limit", "Tasks that may be pending at once; not there without a bound.")
	queueAge    = newFigure(prometheus.GaugeValue, "millrace_pool_queue_age_seconds", "Age of the oldest pending task.")
	weightLimit = newFigure(prometheus.GaugeValue, "millrace_pool_weight_limit", "Bound of the weight of the running tasks; not there without one.")
	weightUsage = newFigure(prometheus.GaugeValue, "millrace_pool_weight_usage", "Weight of the running tasks; 0 without a bound.")
	goroutines  = newFigure(prometheus.GaugeValue, "millrace_pool_goroutine_count", "Goroutines of the pool, idle ones too.")
	submitters  = newFigure(prometheus.GaugeValue, "millrace_pool_submitter_pending", "Submitters that wait for a place in the queue.")
	items       = newFigure(prometheus.CounterValue, "millrace_stage_item_count_total", "Items that the stage has delivered.", stageName)
	window      = newFigure(prometheus.GaugeValue, "millrace_stage_window_utilization_ratio", "Share of the stage's window that is full.", stageName)
	runners     = newFigure(prometheus.GaugeValue, "millrace_stage_runner_count", "Items of the stage at work.", stageName)
)

func sendPool(to chan<- prometheus.Metric, s pool.Stats) {
	count.send(to, float64(s.Queued), s.Name, "queued")
	count.send(to, float64(s.Running), s.Name, "running")
	count.send(to, float64(s.Waiting), s.Name, "waiting")
	count.send(to, float64(s.Deferred), s.Name, "deferred")
	submitted.send(to, float64(s.Submitted), s.Name)
	refused.send(to, float64(s.Refused), s.Name)
	slotLimit.send(to, float64(s.Workers), s.Name)
	if s.QueueLimit >= 0 {
		queueLimit.send(to, float64(s.QueueLimit), s.Name)
	}
	queueAge.send(to, s.OldestQueued.Seconds(), s.Name)
	if s.MaxWeight > 0 {
		weightLimit.send(to, float64(s.MaxWeight), s.Name)
	}
	weightUsage.send(to, float64(s.Weight), s.Name)
	goroutines.send(to, float64(s.Goroutines), s.Name)
	submitters.send(to, float64(s.Blocked), s.Name)
}

func sendStage(to chan<- prometheus.Metric, name figures.Name, sum figures.Sum) {
	items.send(to, float64(sum.Delivered), name.Pool, name.Stage)
	window.send(to, float64(sum.Held)/float64(max(1, sum.Window)), name.Pool, name.Stage)
	runners.send(to, float64(sum.Running), name.Pool, name.Stage)
}
