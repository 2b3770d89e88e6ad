package observe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"runtime/trace"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// In a profile the samples of a task have the name of its pool, its own name, and the
// labels that its caller has set.
func ExampleLabels() {
	p := pool.New(millrace.WithName("thumbnails"), millrace.WithObserver(observe.Labels()))
	defer p.Close()

	ctx := pprof.WithLabels(context.Background(), pprof.Labels("tenant", "acme"))
	_, _ = pool.Go(ctx, p, func(ctx context.Context) error {
		pprof.ForLabels(ctx, func(key, value string) bool {
			fmt.Println(key, value)
			return true
		})
		return nil
	}, millrace.WithTaskName("resize")).Await(ctx)
	// Output:
	// millrace.pool thumbnails
	// millrace.task resize
	// tenant acme
}

// While an execution trace is taken, each task is a task of the trace: go tool trace
// shows them under "User-defined tasks".
func ExampleTrace() {
	var out bytes.Buffer // a file, or the answer of net/http/pprof
	if err := trace.Start(&out); err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	p := pool.New(millrace.WithObserver(observe.Trace()))
	pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithTaskName("resize"))
	p.Close()
	trace.Stop()
	fmt.Println(bytes.Contains(out.Bytes(), []byte("resize")))
	// Output: true
}

// errorCounts prints what would be the attributes of a metric.
type errorCounts struct{ observe.Nop }

func (errorCounts) Ended(_ context.Context, t *millrace.TaskInfo) {
	fmt.Printf("task=%s error.type=%q\n", observe.Name(t), observe.ErrorType(t))
}

// ErrorType has a word for each kind of error, and few enough for a metric.
func ExampleErrorType() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(errorCounts{}))
	run := func(fn func(context.Context) error) {
		pool.Go(ctx, p, fn, millrace.WithTaskName("send"), millrace.WithTimeout(time.Millisecond))
	}
	run(func(context.Context) error { return nil })
	run(func(context.Context) error { return errors.New("no such user") })
	run(func(context.Context) error { panic("index out of range") })
	run(func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
	p.Close()
	// Output:
	// task=send error.type=""
	// task=send error.type="_OTHER"
	// task=send error.type="panic"
	// task=send error.type="timeout"
}

// sendMail has a name, which is that of its task, too.
func sendMail(context.Context) error { return nil }

// namePrinter prints the names of the tasks that end.
type namePrinter struct{ observe.Nop }

func (namePrinter) Ended(_ context.Context, t *millrace.TaskInfo) { fmt.Println(observe.Name(t)) }

// A task without a name has that of its function.
func ExampleName() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(namePrinter{}))
	pool.Go(ctx, p, sendMail)
	pool.Go(ctx, p, sendMail, millrace.WithTaskName("send"))
	p.Close()
	// Output:
	// observe_test.sendMail
	// send
}
