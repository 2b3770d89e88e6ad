package observe

import (
	"context"
	"runtime/pprof"
	"sync/atomic"

	"github.com/millrace-go/millrace"
)

// The pprof labels of a task.
const (
	poolLabel = "millrace.pool"
	taskLabel = "millrace.task"
	idLabel   = "millrace.id" // of a Page
)

// Labels returns an observer that sets pprof labels for the goroutine of each task
// while it runs: millrace.pool and millrace.task beside the labels that the context of
// its submit has. So in a profile the samples of a task count for its name and, say,
// for the request that it belongs to:
//
//	go tool pprof -tagfocus millrace.task=thumbnail …
//
// Goroutines that the task starts inherit the labels. When the task has ended, the
// goroutine has the label of its pool again.
func Labels() millrace.Observer { return new(labels) }

type labels struct {
	Nop
	idle idleLabels
}

func (*labels) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	ctx = pprof.WithLabels(ctx, pprof.Labels(poolLabel, t.Pool, taskLabel, Name(t)))
	pprof.SetGoroutineLabels(ctx)
	return ctx
}

func (l *labels) Ended(_ context.Context, t *millrace.TaskInfo) { l.idle.set(t.Pool) }

// idleLabels are those that a worker has between tasks. It remembers those of the last
// pool, which is most often the only one.
type idleLabels struct {
	last atomic.Pointer[labelled]
}

type labelled struct {
	pool string
	ctx  context.Context
}

// set gives the goroutine the labels of an idle worker of the pool.
func (i *idleLabels) set(pool string) {
	l := i.last.Load()
	if l == nil || l.pool != pool {
		l = &labelled{pool, context.Background()}
		if pool != "" {
			l.ctx = pprof.WithLabels(l.ctx, pprof.Labels(poolLabel, pool))
		}
		i.last.Store(l)
	}
	pprof.SetGoroutineLabels(l.ctx)
}
