package prometheus_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe/prometheus"
	"github.com/millrace-go/millrace/pool"
)

// sum returns the sum of a metric's points that have the error type; "*": of all.
func sum(f *dto.MetricFamily, errorType string) (n uint64) {
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "error_type" && (errorType == "*" || l.GetValue() == errorType) {
				n += m.GetHistogram().GetSampleCount() + uint64(m.GetCounter().GetValue())
			}
		}
	}
	return n
}

// eachEnd makes a task end in each way that there is, because a storm may have no task that is
// refused, or none that comes to run, and returns how many tasks that took.
func eachEnd(t *testing.T, p *pool.Pool, ends []func(context.Context) error) (tasks uint64) {
	t.Helper()
	submit := func(fn func(context.Context) error) *future.Future[struct{}] {
		tasks++
		return pool.Go(t.Context(), p, fn, millrace.WithTaskName("a"))
	}
	for _, end := range ends {
		<-submit(end).Done()
	}
	running, gate := make(chan struct{}), make(chan struct{})
	for range 3 { // as many as there are workers
		submit(func(context.Context) error { running <- struct{}{}; <-gate; return nil })
		<-running
	}
	var queued *future.Future[struct{}]
	for range 5 { // as many as fit into the queue
		queued = submit(ends[0])
	}
	<-submit(ends[0]).Done()
	queued.Cancel()
	close(gate)
	if s := p.Stats(); s.Panicked == 0 || s.Failed == 0 || s.Refused != 1 || s.Cancelled != 1 {
		t.Errorf("Stats says %+v, want a task with each end", s)
	}
	return tasks
}

// Whatever many goroutines do to pools of one name, and however often they are scraped
// meanwhile, the counts are in the end those of Stats, with none lost and none twice.
func TestCountsOfAStorm(t *testing.T) {
	c := prometheus.New()
	var pools []*pool.Pool
	for range 2 {
		p := pool.New(millrace.WithName("web"), millrace.WithWorkers(3), millrace.WithQueue(5), millrace.WithOverflow(millrace.Reject), millrace.WithObserver(c))
		c.Add(p)
		pools = append(pools, p)
	}
	ends := []func(context.Context) error{
		func(context.Context) error { return nil },
		func(context.Context) error { return errors.New("boom") },
		func(context.Context) error { panic("boom") },
		func(context.Context) error { runtime.Goexit(); return nil },
	}
	before := eachEnd(t, pools[0], ends)
	var users sync.WaitGroup
	for u := range 8 {
		users.Go(func() {
			p := pools[u%2]
			for i := range 200 {
				f := pool.Go(t.Context(), p, ends[i%4], millrace.WithTaskName([]string{"a", "b", "c"}[i%3]))
				switch i % 5 {
				case 0:
					f.Cancel()
				case 1:
					<-f.Done()
				}
				if i%100 == u {
					scrape(t, c)
				}
			}
		})
	}
	users.Wait()
	var all pool.Stats
	for _, p := range pools {
		_ = p.Close()
		s := p.Stats()
		all.Succeeded, all.Failed, all.Panicked = all.Succeeded+s.Succeeded, all.Failed+s.Failed, all.Panicked+s.Panicked
		all.Cancelled, all.Refused, all.Submitted = all.Cancelled+s.Cancelled, all.Refused+s.Refused, all.Submitted+s.Submitted
	}
	families := scrape(t, c)
	value := func(name string) uint64 { return uint64(families[name].GetMetric()[0].GetCounter().GetValue()) }
	for what, got := range map[string][2]uint64{
		"ended":     {sum(families["millrace_task_duration_seconds"], "*"), all.Succeeded + all.Failed},
		"waited":    {sum(families["millrace_task_wait_time_seconds"], "*"), all.Succeeded + all.Failed},
		"succeeded": {sum(families["millrace_task_duration_seconds"], ""), all.Succeeded},
		"panicked":  {sum(families["millrace_task_duration_seconds"], "panic"), all.Panicked},
		"never ran": {sum(families["millrace_task_cancelled_total"], "*"), all.Cancelled + all.Refused},
		"cancelled": {sum(families["millrace_task_cancelled_total"], "canceled"), all.Cancelled},
		"submitted": {value("millrace_task_submitted_total"), all.Submitted},
		"refused":   {value("millrace_task_refused_total"), all.Refused},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: the metrics say %d, Stats says %d", what, got[0], got[1])
		}
	}
	if all.Submitted+all.Refused != before+8*200 {
		t.Errorf("Stats says %+v, want %d tasks, submitted or refused", all, before+8*200)
	}
	bounds := families["millrace_task_duration_seconds"].GetMetric()[0].GetHistogram().GetBucket()
	if first, last := bounds[0].GetUpperBound(), bounds[len(bounds)-2].GetUpperBound(); first != 1e-5 || last != 60 {
		t.Errorf("the buckets go from %v s to %v s, want 10 µs to a minute", first, last)
	}
}

// Of two collectors in a registry the second is refused, and not half of it taken; one that
// was unregistered can be registered again.
func TestRegistry(t *testing.T) {
	registry := client.NewRegistry()
	first, second := prometheus.New(), prometheus.New()
	if err := registry.Register(first); err != nil {
		t.Fatal(err)
	}
	if err := registry.Register(second); !errors.As(err, new(client.AlreadyRegisteredError)) {
		t.Errorf("registering another collector: %v, want that there is one already", err)
	}
	if !registry.Unregister(first) {
		t.Error("the collector cannot be unregistered")
	}
	if err := registry.Register(second); err != nil {
		t.Errorf("registering the other one then: %v", err)
	}
}
