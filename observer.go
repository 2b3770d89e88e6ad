package millrace

import "github.com/millrace-go/millrace/internal/options"

// An Observer is told of the tasks of the pools that it is given to by [WithObserver]:
// to log, count or trace them. Package observe has observers for log/slog, pprof
// labels, runtime/trace, expvar and a page; the modules observe/otel and
// observe/prometheus have others.
//
// Each submitted task leads to one Submitted. Then its function is called, with Started
// before and Ended after it (once for each attempt, with WithRetry), or the task never
// runs, which is one NeverRan.
//
//   - Submitted is called in Submit, in the caller's goroutine, before the pool takes
//     the task. The context that it returns is the task's submit context.
//   - Started is called in the goroutine that runs the task, just before the function,
//     which gets the context that it returns.
//   - Ended is called in the same goroutine with the same context when the function has
//     returned, panicked or called Goexit, before the future settles: whoever has
//     awaited the task finds it counted.
//   - NeverRan is called when the task was cancelled, refused or dropped, with the
//     context of Submitted, before its waiters wake, in whichever goroutine settles it.
//
// No method is called under a lock, so each may use the pool: read its Stats, submit,
// cancel. The time that a method takes is part of the task's. Many goroutines call the
// methods at once; the calls for one task come one after the other. The TaskInfo belongs to
// the pool: a method may read it until it returns, and write to nothing but its Note. A nil
// context as a result stands for the one that was given.
//
// An observer that panics or calls [runtime.Goexit] in a method is dropped: its pool
// does not call it again, counts it as DroppedObservers in its Stats, and the task has the
// outcome that it has without it. The pool's other observers are told, if they are a
// [DropObserver].
//
// The items of a map, or of a parallel stage of a stream, are observed one by one if the map
// has a name, by [WithTaskName]. An item is told from when it starts: it has no Wait, no
// NeverRan, and a Submitted before each attempt. A [RunObserver] is told of the run as a whole in any case,
// which costs an item nothing.
//
// Not observed are the two functions of pool.Join and the permits of pool.Acquire. Those of
// pool.First are a run without a name.
//
// The form follows pgx's QueryTracer: optional interfaces, and a struct that can grow.
type Observer = options.Observer

// A RunObserver is an [Observer] that is also told of maps and parallel stages.
//
// Run is called when a run begins, in the goroutine that began it. Items, and the
// stages above, get the context that it returns, so that a stage finds the one below it
// there. ended, unless nil, is called once when all of the run has ended. Nothing is
// counted for an observer: whoever wants to know how far the run is calls
// RunInfo.Probe.
type RunObserver = options.RunObserver

// A RetryObserver is an [Observer] that is also told of retries: Retried is called
// after the Ended of an attempt that will be followed by another one in delay, with the
// context of Submitted. It is
// not called if the task was aborted, or its pool, group or context ended, before that.
// If that happens later, during the delay, there is no other attempt, and the outcome is
// that of the last one. TaskInfo.Attempt and Err are those of the attempt that has
// failed.
type RetryObserver = options.RetryObserver

// A PoolObserver is an [Observer] that is also told of what no task's outcome says.
// PoolStopped is called once when the pool is stopped or broken, with its Err.
// CallbackPanicked is called when a function of OnDone of one of its tasks has
// panicked, with the value and the stack.
type PoolObserver = options.PoolObserver

// A DropObserver is an [Observer] that is also told when another observer of its pool
// is dropped, with the value and the stack of its panic. The value is nil if it called
// Goexit.
type DropObserver = options.DropObserver

// TaskInfo is what an [Observer] is told of a task.
type TaskInfo = options.TaskInfo

// RunInfo is what a [RunObserver] is told of a run.
type RunInfo = options.RunInfo

// Progress is how far a run is. The figures are read one after the other, while the run
// goes on.
type Progress = options.Progress

// WithObserver adds an observer to the pool. Several are called in the order in which
// they were given, except for Ended, which is called in reverse. Each gets the context
// that the one before it returned. Without an observer a pool pays nothing for them. It
// panics if o is nil.
func WithObserver(o Observer) PoolOption {
	if o == nil {
		panic("millrace: WithObserver(nil): want an observer")
	}
	return options.PoolFunc(func(p *options.Pool) { p.Observer = options.JoinObservers(p.Observer, o) })
}

// WithTaskName names a task: for observers, in the field Task of a future.PanicError and a
// future.TimeoutError, and in the text of a future.ErrDeadlock. With observe.Labels the name is
// also the pprof label "millrace.task" of the goroutine that runs the task. Tasks that do the same have the same name: it becomes an attribute of metrics,
// so it must not contain ids.
//
// Given to a map or to a stage of a stream it names that and each of its items, which are
// then observed one by one.
func WithTaskName(name string) TaskOption {
	return options.TaskSetting{Field: options.Name, Value: name}
}
