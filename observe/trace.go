package observe

import (
	"context"
	"runtime/trace"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/safe"
)

// Trace returns an observer that makes each task of the pool a task of the execution
// trace, while a runtime/trace is taken. The task of the trace begins with the
// submission. In it are a task "queued", until the function starts, and the region
// "running". (A region must begin and end in one goroutine; so the time in the queue is a
// task.) The function finds the task of the trace in its context, so that its own regions
// and logs belong to it.
//
//	go tool trace trace.out   // User-defined tasks
//
// While no trace is taken, Trace costs a task no more than an observer that does nothing.
func Trace() millrace.Observer { return tracer{} }

type tracer struct{ Nop }

// traced is what is open of a task.
type traced struct {
	task, queued *trace.Task
	running      *trace.Region
}

func (tracer) Submitted(ctx context.Context, t *millrace.TaskInfo) context.Context {
	if !trace.IsEnabled() {
		return ctx
	}
	open := new(traced)
	ctx, open.task = trace.NewTask(ctx, Name(t))
	_, open.queued = trace.NewTask(ctx, "queued")
	t.Note = open
	return ctx
}

func (tracer) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	open, _ := t.Note.(*traced)
	switch {
	case open != nil && open.queued != nil: // the first attempt
		open.queued.End()
		open.queued = nil
	case !trace.IsEnabled():
		t.Note = nil
		return ctx
	default: // a later attempt, or the trace has begun meanwhile
		open = new(traced)
		ctx, open.task = trace.NewTask(ctx, Name(t))
		t.Note = open
	}
	open.running = trace.StartRegion(ctx, "running")
	return ctx
}

func (tracer) Ended(_ context.Context, t *millrace.TaskInfo) {
	if open, ok := t.Note.(*traced); ok {
		open.running.End()
		open.task.End()
		t.Note = nil
	}
}

func (tracer) NeverRan(ctx context.Context, t *millrace.TaskInfo) {
	if open, ok := t.Note.(*traced); ok {
		if trace.IsEnabled() && t.Err != nil {
			trace.Log(ctx, "never ran", safe.Text(t.Err))
		}
		open.queued.End()
		open.task.End()
	}
}
