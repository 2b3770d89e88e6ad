package otel

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/pool"
)

// pools are the figures that are read when they are collected: of each pool that was
// added, and of the stages that run.
type pools struct {
	registration metric.Registration
	stages       *figures.Stages
	figures.Pools

	count, slots, queueLimit, weightLimit, weight, goroutines, submitters, runners metric.Int64ObservableUpDownCounter
	submitted, refused, items                                                      metric.Int64ObservableCounter
	queueAge, window                                                               metric.Float64ObservableGauge
}

func (p *pools) init(m metric.Meter, s *figures.Stages) error {
	p.stages = s
	var errs []error
	var all []metric.Observable
	upDown := func(name, unit, description string) metric.Int64ObservableUpDownCounter {
		i, err := m.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
		errs, all = append(errs, err), append(all, i)
		return i
	}
	counter := func(name, unit, description string) metric.Int64ObservableCounter {
		i, err := m.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
		errs, all = append(errs, err), append(all, i)
		return i
	}
	gauge := func(name, unit, description string) metric.Float64ObservableGauge {
		i, err := m.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
		errs, all = append(errs, err), append(all, i)
		return i
	}
	p.count = upDown("millrace.task.count", "{task}", "Tasks that have not ended, by state.")
	p.submitted = counter("millrace.task.submitted", "{task}", "Tasks that the pool took, items of maps among them.")
	p.refused = counter("millrace.task.refused", "{task}", "Tasks that the pool turned away.")
	p.slots = upDown("millrace.pool.slot.limit", "{slot}", "Tasks that may run at once.")
	p.queueLimit = upDown("millrace.pool.queue.limit", "{task}", "Tasks that may be pending at once; not there without a bound.")
	p.queueAge = gauge("millrace.pool.queue.age", "s", "Age of the oldest pending task.")
	p.weightLimit = upDown("millrace.pool.weight.limit", "1", "Bound of the weight of the running tasks; not there without one.")
	p.weight = upDown("millrace.pool.weight.usage", "1", "Weight of the running tasks; 0 without a bound.")
	p.goroutines = upDown("millrace.pool.goroutine.count", "{goroutine}", "Goroutines of the pool, idle ones too.")
	p.submitters = upDown("millrace.pool.submitter.pending", "{submitter}", "Submitters that wait for a place in the queue.")
	p.items = counter("millrace.stage.item.count", "{item}", "Items that the stage has delivered.")
	p.window = gauge("millrace.stage.window.utilization", "1", "Share of the stage's window that is full.")
	p.runners = upDown("millrace.stage.runner.count", "{runner}", "Items of the stage at work.")
	all = slices.DeleteFunc(all, func(i metric.Observable) bool { return i == nil }) // the provider has not made it
	registration, err := m.RegisterCallback(p.collect, all...)
	p.registration = registration
	return errors.Join(append(errs, err)...)
}

// collect is called for each collection.
func (p *pools) collect(_ context.Context, o metric.Observer) error {
	for _, s := range p.Stats() {
		p.pool(o, s)
	}
	for name, sum := range p.stages.Sums() {
		p.stage(o, name, sum)
	}
	return nil
}

func (p *pools) pool(o metric.Observer, s pool.Stats) {
	set := metric.WithAttributeSet(attribute.NewSet(poolName.String(s.Name)))
	for state, n := range map[string]int{"queued": s.Queued, "running": s.Running, "waiting": s.Waiting, "deferred": s.Deferred} {
		o.ObserveInt64(p.count, int64(n), metric.WithAttributeSet(attribute.NewSet(poolName.String(s.Name), taskState.String(state))))
	}
	o.ObserveInt64(p.submitted, int64(s.Submitted), set)
	o.ObserveInt64(p.refused, int64(s.Refused), set)
	o.ObserveInt64(p.slots, int64(s.Workers), set)
	if s.QueueLimit >= 0 {
		o.ObserveInt64(p.queueLimit, int64(s.QueueLimit), set)
	}
	o.ObserveFloat64(p.queueAge, s.OldestQueued.Seconds(), set)
	if s.MaxWeight > 0 {
		o.ObserveInt64(p.weightLimit, s.MaxWeight, set)
	}
	o.ObserveInt64(p.weight, s.Weight, set)
	o.ObserveInt64(p.goroutines, int64(s.Goroutines), set)
	o.ObserveInt64(p.submitters, int64(s.Blocked), set)
}

func (p *pools) stage(o metric.Observer, name figures.Name, sum figures.Sum) {
	set := metric.WithAttributeSet(attribute.NewSet(poolName.String(name.Pool), stageName.String(name.Stage)))
	o.ObserveInt64(p.items, int64(sum.Delivered), set)
	o.ObserveInt64(p.runners, int64(sum.Running), set)
	o.ObserveFloat64(p.window, float64(sum.Held)/float64(max(1, sum.Window)), set)
}
