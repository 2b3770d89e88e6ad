package prometheus

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/internal/figures"
)

// A Collector is a millrace.Observer that counts tasks, and a [prometheus.Collector] of
// these counts and of the figures of the pools that were added. Make one with [New],
// register it, and give it to pools; one is enough for all. Its methods may be called
// by any number of goroutines at once.
type Collector struct {
	observe.Nop
	tasks  *tasks
	pools  figures.Pools
	stages figures.Stages
}

// New returns a collector without pools.
func New() *Collector { return &Collector{tasks: newTasks()} }

// Add makes Collect include the figures of a pool, until remove is called. It panics if
// p is nil.
func (c *Collector) Add(p observe.Source) (remove func()) {
	if p == nil {
		panic("prometheus: Collector.Add: nil source")
	}
	return c.pools.Add(p)
}

// Ended implements millrace.Observer.
func (c *Collector) Ended(_ context.Context, t *millrace.TaskInfo) { c.tasks.ended(t) }

// NeverRan implements millrace.Observer.
func (c *Collector) NeverRan(_ context.Context, t *millrace.TaskInfo) {
	c.tasks.count(c.tasks.cancelled, t)
}

// Retried implements millrace.RetryObserver.
func (c *Collector) Retried(_ context.Context, t *millrace.TaskInfo, _ time.Duration) {
	c.tasks.count(c.tasks.retries, t)
}

// Run implements millrace.RunObserver.
func (c *Collector) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	return c.stages.Run(ctx, r)
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, x := range c.tasks.all() {
		x.Describe(to)
	}
	for _, f := range [...]figure{
		count, submitted, refused, slotLimit, queueLimit, queueAge, weightLimit, weightUsage, goroutines, submitters,
		items, window, runners,
	} {
		to <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, x := range c.tasks.all() {
		x.Collect(to)
	}
	for _, s := range c.pools.Stats() {
		sendPool(to, s)
	}
	for name, sum := range c.stages.Sums() {
		sendStage(to, name, sum)
	}
}
