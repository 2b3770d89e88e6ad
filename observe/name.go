package observe

import (
	"context"
	"runtime"
	"strings"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe/internal/safe"
	"github.com/millrace-go/millrace/pool"
)

// Name returns the name of a task: that of millrace.WithTaskName, or else the name of
// its function without the path of its package, as "thumb.(*Store).Render". There are
// as many names as functions, so they can be attributes of metrics.
func Name(t *millrace.TaskInfo) string {
	if t.Name != "" {
		return t.Name
	}
	f := runtime.FuncForPC(t.Func)
	if f == nil {
		return "unknown"
	}
	return shortName(f.Name())
}

// shortName returns the name of a function without the path of its package. Type
// arguments, which may have paths as well, are left out by the runtime.
func shortName(name string) string {
	return name[strings.LastIndexByte(name, '/')+1:]
}

// ErrorType classifies the error of a task that has failed or never ran, by one of a few
// words for an attribute of metrics, as in OpenTelemetry's error.type: "panic", "goexit",
// "timeout", "canceled", and "_OTHER" for all other errors. It returns "" if there is no
// error.
//
// A task that never ran is "timeout" if a deadline or millrace.WithMaxWait is the reason,
// "canceled" if a context or a caller cancelled it, and "_OTHER" if the pool refused it.
func ErrorType(t *millrace.TaskInfo) string {
	switch err := t.Err; {
	case err == nil:
		return ""
	case t.Panicked:
		return "panic"
	case safe.Is(err, future.ErrGoexit):
		return "goexit"
	case safe.Is(err, context.DeadlineExceeded, pool.ErrMaxWait):
		return "timeout"
	case safe.Is(err, context.Canceled), safe.Is(err, future.ErrCancelled) && !turnedAway(err):
		return "canceled"
	}
	return "_OTHER"
}
