package e2e_test

import (
	"context"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// figures is a pool that says what a test wants.
type figures pool.Stats

func (f figures) Stats() pool.Stats { return pool.Stats(f) }

// running tells an observer of a task that runs in a goroutine of its own until end is
// closed; it returns when the task is in render.
func running(o millrace.Observer, name string, end <-chan struct{}) {
	started := make(chan struct{})
	go func() {
		info := &millrace.TaskInfo{Pool: "web", Name: name, Attempt: 1, Submitted: time.Now()}
		ctx := o.Started(o.Submitted(context.Background(), info), info)
		render(started, end)
		o.Ended(ctx, info)
	}()
	<-started
}

// render is the function of such a task.
func render(started chan<- struct{}, end <-chan struct{}) {
	close(started)
	<-end
}

// failed tells an observer of a task that has failed.
func failed(o millrace.Observer, name string, err error, panicked bool) {
	info := &millrace.TaskInfo{Pool: "web", Name: name, Attempt: 1, Submitted: time.Now(), Err: err, Panicked: panicked}
	o.Ended(o.Started(o.Submitted(context.Background(), info), info), info)
}

// pipeline tells an observer of a pipeline of three stages whose bottleneck is at a
// place: the source, a stage from 1 to 3, or the sink.
func pipeline(o millrace.RunObserver, slow int) {
	named(o, [3]string{"fetch", "parse", "store"}, slow)
}

// named is pipeline with these names of stages.
func named(o millrace.RunObserver, names [3]string, slow int) {
	ctx := context.Background()
	for i := 3; i >= 1; i-- {
		calls := 0
		ctx, _ = o.Run(ctx, millrace.RunInfo{Pool: "etl", Name: names[i-1], Probe: func() millrace.Progress {
			calls++
			g := millrace.Progress{Window: 16, Limit: 4}
			if i > 1 && calls == 1 {
				return g // when the stage above begins, nothing has been pulled
			}
			g.Delivered = uint64(100 * calls)
			g.Pulled = g.Delivered
			if i <= slow {
				g.Pulled += 16
			}
			if i == slow {
				g.Running = 4
			}
			return g
		}})
	}
}
