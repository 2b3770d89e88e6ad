package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
)

var errUnwanted = errors.New("enginetest: no longer wanted: \xff") // what an error says need not be UTF-8

func (h *Harness) abortRunning(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(1, 0, g)
	f := g.Submit(r.ctx, r.client(), 1)
	receive(r, g.begun)
	began := time.Now()
	if f.Cancel() {
		t.Error("Cancel of a call that runs = true")
	}
	if !f.Abort(errUnwanted) {
		t.Error("Abort of a call that runs = false")
	}
	_, err := f.Await(r.ctx)
	took := time.Since(began)
	if !errors.Is(err, cluster.ErrAborted) || !errors.Is(err, errUnwanted) || errors.Is(err, cluster.ErrUnsure) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want Failed with ErrAborted and the cause", err, f.State())
	}
	if cause := receive(r, g.ended); !errors.Is(cause, cluster.ErrAborted) {
		t.Errorf("cause of the function's context = %v, want ErrAborted", cause)
	}
	t.Logf("the abort took %v", took)
	if f.Abort(nil) {
		t.Error("Abort of a settled call = true")
	}
	g.open <- 1 // the slot is free again
	if _, err := g.Submit(r.ctx, r.client(), 2).Await(r.ctx); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func (h *Harness) abortQueued(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(1, 0, g)
	c := r.client()
	var fs []*future.Future[int]
	for n := range 200 { // far more than a worker may fetch ahead
		fs = append(fs, g.Submit(r.ctx, c, n))
	}
	first := receive(r, g.begun)
	unwanted := map[int]bool{}
	for _, n := range []int{150, 199, 151, 3} { // in the queue; perhaps fetched ahead
		if n == first {
			continue
		}
		unwanted[n] = true
		f := fs[n]
		if s := f.State(); s != future.Pending || f.Cancel() {
			t.Errorf("state %v, want Pending, and Cancel false: nobody here can know", s)
		}
		began := time.Now()
		f.Abort(errUnwanted)
		_, err := f.Await(r.ctx)
		if f.State() != future.Cancelled || !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errUnwanted) || !errors.Is(err, cluster.ErrAborted) {
			t.Errorf("call %d: state %v, %v; want Cancelled, ErrAborted and the cause", n, f.State(), err)
		}
		t.Logf("the abort of call %d took %v", n, time.Since(began))
	}
	for range fs {
		g.open <- 1
	}
	for n, f := range fs {
		if _, err := f.Await(r.ctx); err != nil && !unwanted[n] {
			t.Errorf("call %d: %v", n, err)
		}
	}
	close(g.begun)
	for n := range g.begun {
		if unwanted[n] {
			t.Errorf("call %d was Cancelled, and began", n)
		}
	}
}

func (h *Harness) endOfContext(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(1, 0, g)
	c := r.client()
	ctx, cancel := context.WithCancelCause(r.ctx)
	running := g.Submit(ctx, c, 1)
	receive(r, g.begun)
	queued := g.Submit(ctx, c, 2)
	cancel(errUnwanted)
	if _, err := running.Await(r.ctx); !errors.Is(err, errUnwanted) || !errors.Is(err, cluster.ErrAborted) || running.State() != future.Failed {
		t.Errorf("a call that ran: %v in state %v, want Failed with the cause", err, running.State())
	}
	if _, err := queued.Await(r.ctx); !errors.Is(err, errUnwanted) {
		t.Errorf("a call behind it: %v, want the cause", err)
	}
	before := g.Submit(ctx, c, 3)
	if _, err := before.Await(r.ctx); before.State() != future.Cancelled || !errors.Is(err, errUnwanted) {
		t.Errorf("after the end: %v in state %v, want Cancelled with the cause", err, before.State())
	}
	ctx, cancel = context.WithCancelCause(r.ctx)
	g.open <- 1
	after := g.Submit(ctx, c, 4)
	if v, err := after.Await(r.ctx); v != 4 || err != nil {
		t.Errorf("before the end: %v, %v", v, err)
	}
	cancel(errUnwanted)
	if after.State() != future.Succeeded {
		t.Errorf("the end of a context after the end of the call: state %v", after.State())
	}
}
