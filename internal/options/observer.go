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

// TaskInfo is what an observer is told of a task. The root package documents it, and the next two.
type TaskInfo struct {
	Pool      string
	Name      string
	Func      uintptr
	Attempt   int
	Submitted time.Time
	Wait      time.Duration
	Run, Lent time.Duration
	Err       error
	Panicked  bool
	Note      any
}

// RunInfo is what an observer is told of a run of a map or of a parallel stage.
type RunInfo struct {
	Pool   string
	Name   string
	Probe  func() Progress
	Demand func() (waiting uint64, awaited bool)
}

// Progress is how far a run is.
type Progress struct {
	Pulled     uint64
	Delivered  uint64
	Window     uint64
	Running    int
	Limit      int
	InputEnded bool
}
