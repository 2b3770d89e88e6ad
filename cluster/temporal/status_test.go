//go:build unix

package temporal_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/temporal"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
	"github.com/millrace-go/millrace/pool"
)

var _ observe.QueueSource = (*temporal.Engine)(nil)

// Status shows what is queued, held and runs, and the worker that has it. What the server
// says is some moments behind.
func TestStatus(t *testing.T) {
	s := startServer(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	e, err := connect(ctx, s, "watched", lease)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	begun, open := make(chan int, 20), make(chan int)
	task := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 0, nil })
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(0))
	defer p.Close()
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(serving, e, p, task) }()
	c := cluster.NewClient(e)
	const n = 12
	task.Submit(ctx, c, 0, cluster.WithID("the first"))
	<-begun
	for i := range n - 1 {
		task.Submit(ctx, c, i)
	}
	until := func(what string, ok func(queues.Status) bool) {
		t.Helper()
		for {
			st, err := e.(observe.QueueSource).Status(ctx)
			if err == nil && ok(st) {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("never: %s; %+v, %v", what, st, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	until("the first runs and others are queued", func(st queues.Status) bool {
		return st.Engine == "temporal" && st.Queue == "watched" && st.Lease == lease && st.Oldest > 0 &&
			st.Queued > 0 && st.Held > 0 && st.Queued+st.Held == n && len(st.Workers) == 1 && !st.Workers[0].Silent(st.Lease) &&
			slices.ContainsFunc(st.Workers[0].Running, func(c queues.Call) bool { return c.Task == "wait" && c.ID == "the first" && c.Attempt == 1 })
	})
	close(open)
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	until("all are kept", func(st queues.Status) bool { return st.Queued+st.Held == 0 && st.Kept == n && st.Oldest == 0 })
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
