package enginetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// window checks that Submit blocks while the client has too many calls out.
func (h *Harness) window(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(4, 0, g)
	c := r.client(cluster.WithMaxCalls(3))
	for n := range 3 {
		g.Submit(r.ctx, c, n)
		receive(r, g.begun)
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	blocked := make(chan *future.Future[int])
	go func() { blocked <- g.Submit(ctx, c, 3) }()
	go func() { blocked <- g.Submit(r.ctx, c, 4) }()
	select {
	case f := <-blocked:
		t.Errorf("Submit beyond the window did not block: %v", f)
	default:
	}
	cancel(errUnwanted)
	checkNeverRan(r, "a blocked Submit whose context has ended", receive(r, blocked), errUnwanted)
	for range 4 {
		g.open <- 1
	}
	if v, err := receive(r, blocked).Await(r.ctx); v != 4 || err != nil {
		t.Errorf("the Submit that found room: %v, %v", v, err)
	}
}

func (h *Harness) closes(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(2, 0, g)
	c := r.client()
	f := g.Submit(r.ctx, c, 1)
	var called atomic.Bool
	f.OnDone(func(*future.Future[int]) { called.Store(true) })
	receive(r, g.begun)
	closed := make(chan error, 1)
	go func() { closed <- c.Close(r.ctx) }()
	r.eventually("closed to new calls", func() bool {
		refused := g.Submit(r.ctx, c, 2)
		g.open <- 1
		if refused.State() == future.Cancelled {
			checkNeverRan(r, "after Close", refused, cluster.ErrClosed)
			return true
		}
		return false
	})
	if err := receive(r, closed); err != nil || !f.State().Settled() || !called.Load() {
		t.Errorf("Close = %v with a call in state %v, OnDone called: %v", err, f.State(), called.Load())
	}
	if err := c.Close(r.ctx); err != nil {
		t.Errorf("the second Close = %v", err)
	}
}

func (h *Harness) closeDeadline(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(1, 0, g)
	c := r.client()
	f := g.Submit(r.ctx, c, 1, cluster.WithID("left behind"))
	receive(r, g.begun)
	ctx, cancel := context.WithCancelCause(r.ctx)
	cancel(errUnwanted)
	if err := c.Close(ctx); !errors.Is(err, errUnwanted) {
		t.Errorf("Close = %v, want the cause of its context", err)
	}
	if _, err := f.Await(r.ctx); !errors.Is(err, cluster.ErrClosed) || !errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
		t.Errorf("what was left: %v in state %v, want ErrClosed and ErrUnsure", err, f.State())
	}
	g.open <- 1
	if v, err := g.Join(r.ctx, r.client(), "left behind").Await(r.ctx); v != 1 || err != nil {
		t.Errorf("it goes on: %v, %v", v, err)
	}
}

// workerEnds checks that a worker that ends finishes what it has begun, and gives
// back the rest: each call runs once.
func (h *Harness) workerEnds(t *testing.T) {
	g := newGate(cluster.Attempts(1))
	r := h.rig(t)
	p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(4))
	tell, wait := r.worker(p, g)
	c := r.client()
	const n = 20
	var fs []*future.Future[int]
	for i := range n {
		fs = append(fs, g.Submit(r.ctx, c, i))
	}
	runs := map[int]int{receive(r, g.begun): 1, receive(r, g.begun): 1}
	stopped := make(chan struct{})
	tell() // before any call may end: from now on the worker takes no more
	go func() { wait(); _ = p.Close(); close(stopped) }()
	r.eventually("the worker ends", func() bool { // what it still begins must end
		select {
		case <-stopped:
			return true
		case g.open <- 1:
			return false
		}
	})
	left := 0
	for _, f := range fs {
		if !f.State().Settled() {
			left++
		}
	}
	if left == 0 {
		t.Error("no call was left: the worker went on to take calls")
	}
	r.serve(2, 4, g)
	for range n {
		g.open <- 1
	}
	if _, err := future.All(r.ctx, fs...); err != nil {
		t.Errorf("All = %v", err)
	}
	for len(g.begun) > 0 {
		runs[<-g.begun]++
	}
	for i := range n {
		if runs[i] != 1 {
			t.Errorf("call %d ran %d times", i, runs[i])
		}
	}
}

// poolClosed checks that a worker whose pool takes no more tasks ends, and its calls
// are run by another.
func (h *Harness) poolClosed(t *testing.T) {
	r := h.rig(t)
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	e := r.connect()
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(r.ctx, e, p, square) }()
	c := r.client()
	if v, err := square.Submit(r.ctx, c, 3).Await(r.ctx); v != 9 || err != nil {
		t.Fatalf("Await = %v, %v", v, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	f := square.Submit(r.ctx, c, 4)
	if err := receive(r, served); !errors.Is(err, pool.ErrClosed) {
		t.Errorf("Serve = %v, want ErrClosed of its pool", err)
	}
	r.serve(1, 1, square)
	if v, err := f.Await(r.ctx); v != 16 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
}

type mark struct{}

func (mark) Inject(ctx context.Context, header map[string]string) {
	if v, ok := ctx.Value(mark{}).(string); ok {
		header["mark"] = v
	}
}

func (mark) Extract(ctx context.Context, header map[string]string) context.Context {
	return context.WithValue(ctx, mark{}, "extracted "+header["mark"])
}

func (h *Harness) propagate(t *testing.T) {
	task := cluster.Define("mark", func(ctx context.Context, _ int) (string, error) {
		v, _ := ctx.Value(mark{}).(string)
		return v, nil
	})
	plain := h.Connect
	h2 := *h
	h2.Connect = func(t *testing.T, queue string) cluster.Engine { return cluster.Propagate(plain(t, queue), mark{}) }
	r := h2.rig(t)
	r.serve(1, 1, task)
	c := r.client()
	ctx := context.WithValue(r.ctx, mark{}, "of the submitter")
	if v, err := task.Submit(ctx, c, 1).Await(r.ctx); v != "extracted of the submitter" || err != nil {
		t.Errorf("the function's context has %q, %v", v, err)
	}
	if v, err := task.Submit(r.ctx, c, 1).Await(r.ctx); v != "" || err != nil {
		t.Errorf("without anything to carry it has %q, %v", v, err)
	}
}
