package options

import (
	"context"
	"time"
)

// An Observer is told of the tasks of a pool. The root package documents it.
type Observer interface {
	Submitted(ctx context.Context, t *TaskInfo) context.Context
	Started(ctx context.Context, t *TaskInfo) context.Context
	Ended(ctx context.Context, t *TaskInfo)
	NeverRan(ctx context.Context, t *TaskInfo)
}

// A RunObserver is an Observer that is told of maps and parallel stages as well.
type RunObserver interface {
	Run(ctx context.Context, r RunInfo) (_ context.Context, ended func())
}

// A RetryObserver is an Observer that is told of retries as well.
type RetryObserver interface {
	Retried(ctx context.Context, t *TaskInfo, delay time.Duration)
}

// A PoolObserver is an Observer that is told of what happens beside the tasks as well.
type PoolObserver interface {
	PoolStopped(pool string, err error)
	CallbackPanicked(pool string, value any, stack []byte)
}

// A DropObserver is an Observer that is told of the others that were dropped.
type DropObserver interface {
	Dropped(o Observer, value any, stack []byte)
}

// TaskInfo is what an observer is told of a task.
type TaskInfo struct {
	// Pool is the name of the pool, by WithName.
	Pool string
	// Name is the name of the task, by WithTaskName, or "".
	Name string
	// Func is the entry of the function that the caller gave, for runtime.FuncForPC.
	Func uintptr
	// Attempt is 1, and one more after each retry.
	Attempt int
	// Submitted is when the task was submitted. All durations were measured with the
	// same clock.
	Submitted time.Time
	// Wait is how long the task had been submitted when this attempt started. It is set
	// before Started and NeverRan; a task that never ran has waited until then.
	Wait time.Duration
	// Run is how long the function took, and Lent how much of that the task had lent
	// its slot. They are set before Ended.
	Run, Lent time.Duration
	// Err is the error of the outcome. It is set before Ended and NeverRan.
	Err error
	// Panicked says that the function panicked; Err is then a *future.PanicError.
	Panicked bool
	// Note belongs to the observer: it finds here what it left in an earlier call for
	// the same task. Each observer of a pool has a Note of its own.
	Note any
}

// RunInfo is what an observer is told of a run of a map or of a parallel stage.
type RunInfo struct {
	// Pool is the name of the pool, by WithName.
	Pool string
	// Name is the name of the map or the stage, by WithTaskName, or "".
	Name string
	// Probe returns how far the run is. It may be called at any time by any goroutine,
	// also after the run has ended, and does not hold up the run.
	Probe func() Progress
}

// Progress is how far a run is.
type Progress struct {
	Pulled     uint64 // items that were taken from the input
	Delivered  uint64 // items whose results were passed on
	Window     uint64 // the bound of Pulled - Delivered, as it is now
	Running    int    // items at work
	Limit      int    // the bound of Running
	InputEnded bool   // no more items will be pulled
}
