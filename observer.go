package millrace

import "github.com/millrace-go/millrace/internal/options"

// An Observer is told of the tasks of the pools that it is given to by [WithObserver]:
// to log, count or trace them. Package observe has observers for log/slog, pprof
// labels, runtime/trace, expvar and a page; the modules observe/otel and
// observe/prometheus have others.
//
// It has these methods:
//
//	Submitted(ctx context.Context, t *TaskInfo) context.Context
//	Started(ctx context.Context, t *TaskInfo) context.Context
//	Ended(ctx context.Context, t *TaskInfo)
//	NeverRan(ctx context.Context, t *TaskInfo)
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
//     returned, panicked or called Goexit, before the future settles: a caller
//     that has awaited the task finds it counted.
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
// The items of a map, or of a parallel stage of a stream, are observed one by one if the
// map has a name, by [WithTaskName]. An item is observed from its start: it has no Wait and no
// NeverRan. With [PerItem], [WithDelay], [WithMaxWait] or [WithRetry], an item is observed as
// any task, from when it was pulled; then another goroutine may call Submitted. A
// [RunObserver] is told of the run as a whole in any case, which costs an item nothing.
//
// Not observed are the two functions of pool.Join and the permits of pool.Acquire. Those of
// pool.First are a run without a name.
//
// The form follows pgx's QueryTracer: optional interfaces, and a struct that can grow.
type Observer = options.Observer

// A RunObserver is an [Observer] that is also told of maps and parallel stages, by one
// method:
//
//	Run(ctx context.Context, r RunInfo) (_ context.Context, ended func())
//
// Run is called when a run begins, in the goroutine that began it. Items, and the
// stages above, get the context that it returns, so that a stage finds the one below it
// there. ended, unless nil, is called once when all of the run has ended. Nothing is
// counted for an observer: to know how far the run is, call RunInfo.Probe.
type RunObserver = options.RunObserver

// A RetryObserver is an [Observer] that is also told of retries, by one method:
//
//	Retried(ctx context.Context, t *TaskInfo, delay time.Duration)
//
// Retried is called after the Ended of an attempt that will be followed by another one in
// delay, with the context of Submitted. TaskInfo.Attempt and Err are those of the attempt
// that has failed. Retried is not called if the task was aborted, or its pool, group or
// context ended, before that. If that happens later, during the delay, there is no other
// attempt, and the outcome is that of the last one.
type RetryObserver = options.RetryObserver

// A PoolObserver is an [Observer] that is also told of what no task's outcome says, by two
// methods:
//
//	PoolStopped(pool string, err error)
//	CallbackPanicked(pool string, value any, stack []byte)
//
// pool is the name of the pool. PoolStopped is called once when the pool is stopped or
// broken, with its Err. CallbackPanicked is called when a function of OnDone of one of its
// tasks has panicked, with the value and the stack.
type PoolObserver = options.PoolObserver

// A DropObserver is an [Observer] that is also told when another observer of its pool is
// dropped, by one method:
//
//	Dropped(o Observer, value any, stack []byte)
//
// value and stack are those of the panic of o. The value is nil if o called Goexit.
type DropObserver = options.DropObserver

// TaskInfo is what an [Observer] is told of a task. It has these fields:
//
//	Pool      string        // the name of the pool, by WithName
//	Name      string        // the name of the task, by WithTaskName, or ""
//	Func      uintptr       // the entry of the caller's function, for runtime.FuncForPC
//	Attempt   int           // 1, and one more after each retry
//	Submitted time.Time     // when the task was submitted; durations have the same clock
//	Wait      time.Duration // from Submitted to the start of this attempt, or to NeverRan
//	Run       time.Duration // how long the function took
//	Lent      time.Duration // how much of Run the task had lent its slot
//	Err       error         // of this attempt, or why the task never ran
//	Panicked  bool          // the function panicked: Err is a *future.PanicError
//	Note      any           // what the observer left here in an earlier call for this task
//
// Wait is set before Started and NeverRan, Err before Ended and NeverRan; Run, Lent and
// Panicked are set before Ended. Each observer of a pool has a Note of its own.
type TaskInfo = options.TaskInfo

// RunInfo is what a [RunObserver] is told of a run. It has these fields:
//
//	Pool  string          // the name of the pool, by WithName
//	Name  string          // the name of the map or the stage, by WithTaskName, or ""
//	Probe func() Progress // how far the run is
//
// Any goroutine may call Probe at any time, also after the run has ended. It does not hold
// up the run.
type RunInfo = options.RunInfo

// Progress is how far a run is. It has these fields:
//
//	Pulled     uint64 // items that were taken from the input
//	Delivered  uint64 // items whose results were passed on
//	Window     uint64 // the bound of Pulled - Delivered, as it is now
//	Running    int    // items at work
//	Limit      int    // the bound of Running
//	InputEnded bool   // no more items will be pulled
//
// The figures are read one after the other, while the run goes on.
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
// future.TimeoutError, and in the text of a future.ErrDeadlock. With observe.Labels the
// name is also the pprof label "millrace.task" of the goroutine that runs the task. Tasks
// that do the same have the same name: it becomes an attribute of metrics, so it must not
// contain ids.
//
// Given to a map or to a stage of a stream it names that and each of its items, which are
// then observed one by one.
func WithTaskName(name string) TaskOption {
	return options.TaskSetting{Field: options.Name, Value: name}
}
