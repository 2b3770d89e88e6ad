package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// counter is an observer of one's own. observe.Nop has the methods that do nothing.
type counter struct {
	observe.Nop
	failed, never atomic.Int32
}

func (c *counter) Ended(_ context.Context, t *millrace.TaskInfo) {
	if t.Err != nil {
		c.failed.Add(1)
	}
}

func (c *counter) NeverRan(context.Context, *millrace.TaskInfo) { c.never.Add(1) }

// An observer is told of every task of the pool, before those who wait for it.
func ExampleWithObserver() {
	ctx := context.Background()
	var c counter
	p := pool.New(millrace.WithObserver(&c))

	_, _ = pool.Go(ctx, p, func(context.Context) error { return errors.New("no such user") }).Await(ctx)
	p.Close()
	pool.Go(ctx, p, func(context.Context) error { return nil }) // refused
	fmt.Println(c.failed.Load(), "failed,", c.never.Load(), "never ran")
	// Output: 1 failed, 1 never ran
}

// printer prints the names of the tasks that end.
type printer struct{ observe.Nop }

func (printer) Ended(_ context.Context, t *millrace.TaskInfo) { fmt.Println(t.Pool, t.Name, t.Err) }

// The name says what a task does, and not for whom: it becomes an attribute of metrics.
func ExampleWithTaskName() {
	ctx := context.Background()
	p := pool.New(millrace.WithName("mail"), millrace.WithWorkers(1), millrace.WithObserver(printer{}))

	pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithTaskName("render"))
	pool.Go(ctx, p, func(context.Context) error { return errors.New("no route") }, millrace.WithTaskName("send"))
	p.Close()
	// Output:
	// mail render <nil>
	// mail send no route
}
