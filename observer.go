package millrace

import "github.com/millrace-go/millrace/internal/options"

// An Observer is told of the tasks of the pools that it is given to by [WithObserver]:
// to log, count or trace them. Package observe has observers for log/slog, pprof
// labels, runtime/trace and a page; the modules observe/otel and
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
//     that has awaited the task finds it counted. After a failure the function of
//     WithRetry has been asked before: its panic is how the attempt has ended.
//   - NeverRan is called when the task was cancelled, refused or dropped, with the
//     context of Submitted, before its waiters wake, in whichever goroutine settles it.
//
// No method is called under a lock, so each may use the pool: read its Stats, submit,
// cancel. The time that a method takes is part of the task's. Many goroutines call the
// methods at once, but the calls for one task come one after the other. The TaskInfo belongs
// to the pool: a method may read it until it returns, and may write only to its Note. A
// method that returns a nil context keeps the context that it was given.
//
// If a method panics or calls [runtime.Goexit], the pool drops the observer: it does not call
// the observer again, counts it as DroppedObservers in its Stats, and tells its other
// observers, if they are a [DropObserver]. The outcome of the task does not change. But a Goexit
// ends the goroutine that the method was called in, if that is the caller's: that of Submit, or
// in NeverRan also that of Cancel, Drop or Stop. After a Goexit in Submitted there is no task,
// and for the other observers it never ran.
//
// The items of a map, or of a parallel stage of a stream, are observed one by one if
// [WithTaskName] names the map. An item is observed from its start: it has no Wait and no
// NeverRan. With [PerItem], [WithDelay], [WithMaxWait] or [WithRetry] an item is observed like
// any task, from when it was pulled; then another goroutine than the caller's may call
// Submitted. A [RunObserver] is told of each run as a whole, with or without a name, which
// costs the items nothing.
//
// The two functions of pool.Join and the permits of pool.Acquire are not observed. The
// functions of pool.First are a run without a name.
//
// The form follows pgx's QueryTracer: optional interfaces, and a struct that can grow.
type Observer = options.Observer

// A RunObserver is an [Observer] that is also told of maps and parallel stages, by one
// method:
//
//	Run(ctx context.Context, r RunInfo) (_ context.Context, ended func())
//
// Run is called when a run begins, in the goroutine that began it. The items, and the
// stages above, get the context that Run returns, so a stage finds the stage below it in its
// context. ended, unless nil, is called once, when all of the run has ended. To know how far
// the run is, call RunInfo.Probe.
type RunObserver = options.RunObserver

// A RetryObserver is an [Observer] that is also told of retries, by one method:
//
//	Retried(ctx context.Context, t *TaskInfo, delay time.Duration)
//
// Retried is called after Ended if another attempt will follow in delay, with the context of
// Submitted. TaskInfo.Attempt and Err are those of the attempt that has failed. Retried is
// not called if the task was aborted before, or if its pool, its group or a context of it has
// ended before. If that happens later, during the delay, no attempt follows, and the outcome
// is that of the last one.
//
// The task still has its slot, and the context of Submitted does not tell the pool so. So
// Retried must not wait for a task of the pool, nor submit one that may wait for a place in
// the queue: give it WithOverflow([Reject]).
type RetryObserver = options.RetryObserver

// A PoolObserver is an [Observer] that is also told of events of the pool that are part
// of no task's outcome, by two methods:
//
//	PoolStopped(pool string, err error)
//	CallbackPanicked(pool string, value any, stack []byte)
//
// pool is the name of the pool. PoolStopped is called once, when the pool is stopped or
// broken, with its Err. CallbackPanicked is called when a function of OnDone of one of
// its tasks has panicked, with the value and the stack.
type PoolObserver = options.PoolObserver

// A DropObserver is an [Observer] that is also told when another observer of its pool is
// dropped, by one method:
//
//	Dropped(o Observer, value any, stack []byte)
//
// value and stack are those of the panic of o. The value is nil if o called Goexit.
type DropObserver = options.DropObserver

// A TaskInfo is what an [Observer] is told of a task. It has these fields:
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

// A RunInfo is what a [RunObserver] is told of a run. It has these fields:
//
//	Pool   string          // the name of the pool, by WithName
//	Name   string          // the name of the map or the stage, by WithTaskName, or ""
//	Probe  func() Progress // how far the run is
//	Demand func() (waiting uint64, awaited bool)
//
// Demand returns how many items within the window no runner has taken yet, and whether the
// caller, or the stage below, waits for a result. Any goroutine may call Probe and Demand at any
// time, also after the run has ended. They do not hold up the run.
type RunInfo = options.RunInfo

// A Progress says how far a run is. It has these fields:
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

// WithObserver adds an observer to the pool. Several observers are called in the order in
// which they were given, for Ended in reverse order; each gets the context that the one
// before it returned. A pool without an observer pays nothing for them. WithObserver panics
// if o is nil.
func WithObserver(o Observer) PoolOption {
	if o == nil {
		panic("millrace: WithObserver(nil): want an observer")
	}
	return options.PoolFunc(func(p *options.Pool) { p.Observer = options.JoinObservers(p.Observer, o) })
}

// WithTaskName names a task. Observers are told the name. It is the field Task of a
// future.PanicError and a future.TimeoutError, and part of the text of a
// future.ErrDeadlock, pool.ErrMaxWait, pool.ErrQueueFull and pool.ErrTooHeavy. With
// observe.Labels it is also the pprof label "millrace.task" of the goroutine that runs the
// task. Give tasks that do the same the same name, without ids: it becomes an attribute of
// metrics.
//
// Given to a map or to a stage of a stream, it names the map and each item, and the items
// are then observed one by one.
func WithTaskName(name string) TaskOption {
	return options.TaskSetting{Field: options.Name, Value: name}
}
