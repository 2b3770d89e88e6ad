// Package otel tells OpenTelemetry of the tasks of pools: metrics, and spans for tasks,
// maps and pipelines.
//
//	observer, err := otel.New()
//	if err != nil {
//		log.Fatal(err)
//	}
//	p := pool.New(millrace.WithName("thumbnails"), millrace.WithObserver(observer))
//	defer p.Close()
//	defer observer.Add(p)()
//
// It uses the global providers unless it is given others, and imports the API of
// OpenTelemetry, not its SDK.
//
// # Metrics
//
// Their names have no units; times are seconds. They are modelled on
// db.client.connection.* of the semantic conventions. All have the attribute
// millrace.pool.name.
//
//	name                              instrument                  unit         attributes
//	millrace.task.wait_time           histogram                   s            task, error.type
//	millrace.task.duration            histogram                   s            task, error.type
//	millrace.task.cancelled           counter                     {task}       task, error.type
//	millrace.task.retries             counter                     {task}       task, error.type
//	millrace.task.count               observable up-down counter  {task}       millrace.task.state
//	millrace.task.submitted           observable counter          {task}
//	millrace.task.refused             observable counter          {task}
//	millrace.pool.slot.limit          observable up-down counter  {slot}
//	millrace.pool.queue.limit         observable up-down counter  {task}
//	millrace.pool.queue.age           observable gauge            s
//	millrace.pool.weight.limit        observable up-down counter  1
//	millrace.pool.weight.usage        observable up-down counter  1
//	millrace.pool.goroutine.count     observable up-down counter  {goroutine}
//	millrace.pool.submitter.pending   observable up-down counter  {submitter}
//	millrace.stage.item.count         observable counter          {item}       millrace.stage.name
//	millrace.stage.window.utilization observable gauge            1            millrace.stage.name
//	millrace.stage.runner.count       observable up-down counter  {runner}     millrace.stage.name
//
// Here task is millrace.task.name: the name of millrace.WithTaskName or of the
// function. error.type is there if the task failed or never ran: panic, goexit,
// timeout, canceled or _OTHER. millrace.task.state is queued, running, waiting or
// deferred. millrace.task.cancelled counts all tasks that never ran, those that the
// pool refused among them. An item of a map with a name is a task whose wait_time is 0,
// unless each item is submitted by itself: see millrace.Observer.
//
// The observable ones are read from one Stats of each pool that was added, when they
// are collected. Pools are told apart by their names: give them different ones. No
// attribute holds an id or a key.
//
// # Traces
//
// A task has a span if the context that was given to Submit has one, or with [WithRoots].
// The span is a child of that one. It begins when the task starts, ends before the future
// settles, and has as an attribute how long the task waited. The task's function finds it
// in its context. Each attempt of millrace.WithRetry has a span. That a task never ran, or
// will be tried again, is an event of the submitter's span. A map, and each parallel stage
// of a pipeline, has a span as well, which is the parent of the spans of its items.
package otel
