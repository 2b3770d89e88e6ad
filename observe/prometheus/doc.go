// Package prometheus makes metrics of pools for Prometheus, with its official client
// library.
//
//	collector := prometheus.New()
//	registry.MustRegister(collector)
//	p := pool.New(millrace.WithName("thumbnails"), millrace.WithObserver(collector))
//	defer p.Close()
//	defer collector.Add(p)()
//
// The metrics are those of package observe/otel under the names that OpenTelemetry's
// rules of translation give them, so that a dashboard fits both. All have the label
// millrace_pool_name; times are seconds.
//
//	name                                   type       other labels
//	millrace_task_wait_time_seconds        histogram  task, error_type
//	millrace_task_duration_seconds         histogram  task, error_type
//	millrace_task_cancelled_total          counter    task, error_type
//	millrace_task_retries_total            counter    task, error_type
//	millrace_task_count                    gauge      millrace_task_state
//	millrace_task_submitted_total          counter
//	millrace_task_refused_total            counter
//	millrace_pool_slot_limit               gauge
//	millrace_pool_queue_limit              gauge
//	millrace_pool_queue_age_seconds        gauge
//	millrace_pool_weight_limit             gauge
//	millrace_pool_weight_usage             gauge
//	millrace_pool_goroutine_count          gauge
//	millrace_pool_submitter_pending        gauge
//	millrace_stage_item_count_total        counter    millrace_stage_name
//	millrace_stage_window_utilization_ratio gauge     millrace_stage_name
//	millrace_stage_runner_count            gauge      millrace_stage_name
//
// Here task is millrace_task_name: the name of millrace.WithTaskName or of the
// function. error_type is empty if the task succeeded, or else panic, goexit, timeout,
// canceled or _OTHER. millrace_task_state is queued, running, waiting or deferred. The
// documentation of package observe/otel says what the metrics count. There is no metric
// for a limit that a pool does not have.
//
// The gauges are read from one Stats of each pool that was added, when they are
// scraped. Pools are told apart by their names: the figures of pools of the same name
// are added up. No label holds an id or a key.
//
// Beside the package are a dashboard for Grafana, dashboard.json, and alert rules,
// alerts.yaml.
package prometheus
