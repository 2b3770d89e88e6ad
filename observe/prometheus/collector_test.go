package prometheus_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe/prometheus"
	"github.com/millrace-go/millrace/pool"
)

// scrape serves the collector as a program does, and returns what the official parser
// finds in an answer, by name.
func scrape(t *testing.T, c *prometheus.Collector) map[string]*dto.MetricFamily {
	t.Helper()
	registry := client.NewPedanticRegistry()
	registry.MustRegister(c)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	defer server.Close()
	answer, err := http.Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the answer is %s, %v", answer.Status, err)
	}
	return families
}

// points returns the points of a metric as "label=value,… value", sorted. The value of
// a histogram is its count.
func points(f *dto.MetricFamily) (all []string) {
	for _, m := range f.GetMetric() {
		var labels []string
		for _, l := range m.GetLabel() {
			if l.GetValue() != "" {
				labels = append(labels, strings.TrimPrefix(l.GetName(), "millrace_")+"="+l.GetValue())
			}
		}
		value := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		all = append(all, fmt.Sprint(strings.Join(labels, ","), " ", value))
	}
	slices.Sort(all)
	return all
}

// A scrape has the figures of a pool, and of the tasks that have been awaited.
func TestScrape(t *testing.T) {
	c := prometheus.New()
	p := pool.New(millrace.WithName("web"), millrace.WithObserver(c), millrace.WithWorkers(2), millrace.WithQueue(3), millrace.WithMaxWeight(50))
	remove := c.Add(p)
	ctx := context.Background()
	run := func(name string, fn func(context.Context) error) {
		_, _ = pool.Go(ctx, p, fn, millrace.WithTaskName(name)).Await(ctx)
	}
	run("good", func(context.Context) error { return nil })
	run("good", func(context.Context) error { return errors.New("boom") })
	run("bad", func(context.Context) error { panic("boom") })
	ended, cancel := context.WithCancel(ctx)
	cancel()
	pool.Go(ended, p, func(context.Context) error { return nil }, millrace.WithTaskName("late"))
	end := make(chan struct{})
	started := make(chan struct{}, 5)
	for range 5 {
		pool.Go(ctx, p, func(context.Context) error { started <- struct{}{}; <-end; return nil }, millrace.WithWeight(7))
	}
	<-started
	<-started
	all := scrape(t, c)
	for name, want := range map[string][]string{
		"millrace_task_duration_seconds":  {"error_type=_OTHER,pool_name=web,task_name=good 1", "error_type=panic,pool_name=web,task_name=bad 1", "pool_name=web,task_name=good 1"},
		"millrace_task_wait_time_seconds": {"error_type=_OTHER,pool_name=web,task_name=good 1", "error_type=panic,pool_name=web,task_name=bad 1", "pool_name=web,task_name=good 1"},
		"millrace_task_cancelled_total":   {"error_type=canceled,pool_name=web,task_name=late 1"},
		"millrace_task_count":             {"pool_name=web,task_state=deferred 0", "pool_name=web,task_state=queued 3", "pool_name=web,task_state=running 2", "pool_name=web,task_state=waiting 0"},
		"millrace_task_submitted_total":   {"pool_name=web 9"},
		"millrace_task_refused_total":     {"pool_name=web 0"},
		"millrace_pool_slot_limit":        {"pool_name=web 2"},
		"millrace_pool_queue_limit":       {"pool_name=web 3"},
		"millrace_pool_weight_limit":      {"pool_name=web 50"},
		"millrace_pool_weight_usage":      {"pool_name=web 14"},
		"millrace_pool_goroutine_count":   {"pool_name=web 2"},
		"millrace_pool_submitter_pending": {"pool_name=web 0"},
	} {
		if got := points(all[name]); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	close(end)
	_ = p.Close()
	remove()
	if all := scrape(t, c); all["millrace_pool_slot_limit"] != nil {
		t.Error("the figures are still there after the pool was removed")
	}
}

// A bound of 0 is one. A pool without bounds has no point for them.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		opts               []millrace.PoolOption
		queue, weightLimit []string
	}{
		{nil, nil, nil},
		{[]millrace.PoolOption{millrace.WithQueue(0), millrace.WithMaxWeight(1)}, []string{" 0"}, []string{" 1"}},
	} {
		collector := prometheus.New()
		p := pool.New(c.opts...)
		collector.Add(p)
		all := scrape(t, collector)
		queue, weightLimit := points(all["millrace_pool_queue_limit"]), points(all["millrace_pool_weight_limit"])
		if !slices.Equal(queue, c.queue) || !slices.Equal(weightLimit, c.weightLimit) {
			t.Errorf("the limits of queue and weight are %q and %q, want %q and %q", queue, weightLimit, c.queue, c.weightLimit)
		}
		_ = p.Close()
	}
}

// Stages of the same name are one series, as are pools, whatever their names hold.
func TestScrapeOfMany(t *testing.T) {
	c := prometheus.New()
	for range 3 {
		c.Add(pool.New(millrace.WithName("w\xffeb"), millrace.WithWorkers(2)))
		_, ended := c.Run(context.Background(), millrace.RunInfo{Pool: "web", Name: "parse", Probe: func() millrace.Progress {
			return millrace.Progress{Pulled: 6, Delivered: 4, Window: 8, Running: 1}
		}})
		defer ended()
	}
	all := scrape(t, c)
	for name, want := range map[string][]string{
		"millrace_pool_slot_limit":                {"pool_name=w\ufffdeb 6"},
		"millrace_stage_item_count_total":         {"pool_name=web,stage_name=parse 12"},
		"millrace_stage_window_utilization_ratio": {"pool_name=web,stage_name=parse 0.25"},
		"millrace_stage_runner_count":             {"pool_name=web,stage_name=parse 3"},
	} {
		if got := points(all[name]); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// everything is a collector with a point of each metric.
func everything() *prometheus.Collector {
	c := prometheus.New()
	p := pool.New(millrace.WithName("web"), millrace.WithQueue(3), millrace.WithMaxWeight(50))
	c.Add(p)
	info := &millrace.TaskInfo{Pool: "web", Attempt: 1, Err: future.ErrCancelled}
	c.Ended(context.Background(), info)
	c.NeverRan(context.Background(), info)
	c.Retried(context.Background(), info, 0)
	c.Run(context.Background(), millrace.RunInfo{Probe: func() millrace.Progress { return millrace.Progress{} }})
	return c
}

// The package's documentation names every metric with its type, and no other; the
// linter of Prometheus has nothing to say but that a name may end with count.
func TestDocumentedMetrics(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(millrace_\S+)\s+(\S+)`).FindAllStringSubmatch(string(doc), -1) {
		documented[row[1]] = row[2]
	}
	families := scrape(t, everything())
	var all []*dto.MetricFamily
	for name, f := range families {
		if got := strings.ToLower(f.GetType().String()); documented[name] != got {
			t.Errorf("%s is a %s, documented as %q", name, got, documented[name])
		}
		all = append(all, f)
	}
	for name := range documented {
		if families[name] == nil {
			t.Errorf("%s is documented, and not there", name)
		}
	}
	problems, err := promlint.NewWithMetricFamilies(all).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !strings.Contains(p.Text, `non-histogram and non-summary metrics should not have "_count" suffix`) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestMisuse(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Add(nil) does not panic")
		}
	}()
	prometheus.New().Add(nil)
}
