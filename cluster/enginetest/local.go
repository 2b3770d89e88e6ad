package enginetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// recursion has calls that wait for calls of their own, on a worker of one slot: a
// function that waits lends it.
func (h *Harness) recursion(t *testing.T) {
	r := h.rig(t)
	c := r.client()
	var fib *cluster.Task[int, int]
	fib = cluster.Define("fib", func(ctx context.Context, n int) (int, error) {
		if n < 2 {
			return n, nil
		}
		vs, err := future.All(ctx, fib.Submit(ctx, c, n-1), fib.Submit(ctx, c, n-2))
		if err != nil {
			return 0, err
		}
		return vs[0] + vs[1], nil
	})
	r.serve(1, 0, fib)
	if v, err := fib.Submit(r.ctx, c, 8).Await(r.ctx); v != 21 || err != nil {
		t.Errorf("fib of 8 = %v, %v, want 21", v, err)
	}
}

// locally checks that the options of a task hold on the worker's pool, for calls and for
// the items of chunks, and that a full queue holds the worker back, whatever its pool
// does with others.
func (h *Harness) locally(t *testing.T) {
	var running, most atomic.Int32
	failures := map[int]*atomic.Int32{7: {}, 8: {}}
	task := cluster.Define("keyed", func(_ context.Context, n int) (int, error) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		time.Sleep(time.Millisecond)
		if f := failures[n]; f != nil && f.Add(1) < 3 {
			return 0, errWanted
		}
		return n, nil
	}, cluster.Retry(time.Millisecond), cluster.Errors(errWanted)).
		Locally(func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithKey("one")} })
	r := h.rig(t)
	p := pool.New(millrace.WithWorkers(4), millrace.WithQueue(1), millrace.WithOverflow(millrace.Reject))
	r.serveOn(p, task)
	c := r.client()
	for _, chunk := range []int{1, 10} {
		var pulled atomic.Int64
		i := 0
		for v, err := range task.Map(r.ctx, c, count(20, &pulled), cluster.WithChunk(chunk)) {
			if v != i || err != nil {
				t.Errorf("chunks of %d: item %d = %v, %v", chunk, i, v, err)
			}
			i++
		}
		for _, f := range failures {
			if n := f.Swap(0); n != 3 {
				t.Errorf("chunks of %d: an item that fails twice ran %d times", chunk, n)
			}
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d calls of one key ran at once", most.Load())
	}
	bad := cluster.Define("never", func(context.Context, int) (int, error) { return 0, errWanted }, cluster.Retry(0), cluster.Errors(errWanted))
	r.serve(1, 1, bad, task)
	for _, err := range bad.Map(r.ctx, c, count(2, new(atomic.Int64)), cluster.WithChunk(2)) {
		if !errors.Is(err, errWanted) {
			t.Errorf("an item that always fails: %v", err)
		}
	}
}
