// Package observe shows what pools do: in logs, profiles, traces and on a page.
//
// Each of its observers is given to a pool with millrace.WithObserver; a pool may have
// several, and an observer may have several pools.
//
//	page := observe.NewPage()
//	p := pool.New(
//		millrace.WithName("thumbnails"),
//		millrace.WithObserver(observe.Log(slog.Default(), observe.LogOptions{Slow: time.Second})),
//		millrace.WithObserver(page),
//	)
//	defer p.Close()
//	defer page.Add(p)()
//	admin.Handle("/debug/millrace", page)
//
// The observers are:
//
//   - [Log]: panics, slow tasks, full queues and stopped pools, by log/slog.
//   - [Labels]: pprof labels, so that a profile says which task its samples are of.
//   - [Trace]: tasks and regions of runtime/trace.
//   - [Page]: pools, pipelines with their bottleneck, running tasks and the last
//     failures, as a page for people or as JSON.
//
// [Expvar] makes the figures of a pool a variable of package expvar. Metrics and spans
// for OpenTelemetry and for Prometheus are in modules of their own, observe/otel and
// observe/prometheus, so that a program that does not use them does not require their SDKs.
//
// Nothing is registered globally and no goroutine is started. What has to come later,
// such as the report that a task still runs, comes from a timer that is armed only while
// something runs.
package observe

// What is in which file:
//
//	logs                                     log.go, log_full.go, log_overdue.go
//	pprof labels, traces, expvar             labels.go, trace.go, expvar.go
//	names and kinds of errors of tasks       name.go, refused.go
//	the tasks that run                       running.go
//	an observer that does nothing            nop.go
//	the page: what it is told and keeps      page.go, page_runs.go, page_history.go, page_failures.go
//	  when someone looks: a snapshot         page_look.go, page_snapshot.go
//	    pipelines and their bottleneck       page_pipelines.go, page_bottleneck.go
//	    what needs attention                 page_attention.go
//	    queues of clusters; stacks           page_queue.go; page_stacks.go
//	  how it is served and written           page_serve.go, page_html.go, page_rows.go, page_charts.go
//
// The page is page.html, page.css and page.js.
