package enginetest

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/pool"
)

// nothingLeft checks that no goroutine of this module is left when all is closed.
func (h *Harness) nothingLeft(t *testing.T) {
	r := h.rig(t)
	p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(2))
	we, ce := h.Connect(t, r.queue), h.Connect(t, r.queue)
	ctx, cancel := context.WithCancel(r.ctx)
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(ctx, we, p, square) }()
	c := cluster.NewClient(ce)
	for range 3 {
		if v, err := square.Submit(ctx, c, 3, cluster.WithID("one")).Await(ctx); v != 9 || err != nil {
			t.Errorf("Await = %v, %v", v, err)
		}
		if v, err := square.Submit(ctx, c, 4).Await(ctx); v != 16 || err != nil {
			t.Errorf("Await = %v, %v", v, err)
		}
	}
	cancel()
	if err := receive(r, served); err != nil {
		t.Errorf("Serve = %v", err)
	}
	if err := c.Close(r.ctx); err != nil {
		t.Errorf("Close of the client = %v", err)
	}
	for _, close := range []func() error{p.Close, ce.Close, we.Close} {
		if err := close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	var left []string
	r.eventually("no goroutine left", func() bool { left = goroutines(); return len(left) == 0 || r.ctx.Err() != nil })
	for _, stack := range left {
		t.Errorf("a goroutine is left:\n%s", stack)
	}
}

// goroutines returns the stacks of the goroutines that run or were made by code of
// this project, but for those of tests.
func goroutines() (stacks []string) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(stack, "millrace-go/millrace") && !strings.Contains(stack, "/enginetest.") && !strings.Contains(stack, "testing.") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
