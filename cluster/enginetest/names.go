package enginetest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
)

func (h *Harness) sameID(t *testing.T) {
	var runs atomic.Int32
	open := make(chan struct{})
	task := cluster.Define("once", func(_ context.Context, n int) (int, error) {
		<-open
		return int(runs.Add(1)), nil
	})
	r := h.rig(t)
	r.serve(4, 4, task)
	c, other := r.client(), r.client()
	fs := []*future.Future[int]{
		task.Submit(r.ctx, c, 1, cluster.WithID("nightly, of 3 > 2*")), // any text
		task.Submit(r.ctx, c, 1, cluster.WithID("nightly, of 3 > 2*"), cluster.WithPriority(1)),
		task.Submit(r.ctx, other, 1, cluster.WithID("nightly, of 3 > 2*")),
	}
	close(open)
	vs, err := future.All(r.ctx, fs...)
	if err != nil || !slices.Equal(vs, []int{1, 1, 1}) {
		t.Errorf("All = %v, %v; want one run", vs, err)
	}
	if v, err := task.Submit(r.ctx, other, 1, cluster.WithID("nightly, of 3 > 2*")).Await(r.ctx); v != 1 || err != nil {
		t.Errorf("Submit after the end = %v, %v; want the outcome that is there", v, err)
	}
	if v, err := task.Submit(r.ctx, c, 1, cluster.WithID("another")).Await(r.ctx); v != 2 || err != nil {
		t.Errorf("another id = %v, %v; want another run", v, err)
	}
}

func (h *Harness) join(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(1, 0, g)
	c, other := r.client(), r.client()
	f := g.Submit(r.ctx, c, 7, cluster.WithID("job"))
	receive(r, g.begun)
	running := g.Join(r.ctx, other, "job")
	g.open <- 1
	if v, err := running.Await(r.ctx); v != 7 || err != nil {
		t.Errorf("Join of a call that runs = %v, %v", v, err)
	}
	if v, err := f.Await(r.ctx); v != 7 || err != nil {
		t.Errorf("its submitter: %v, %v", v, err)
	}
	if v, err := g.Join(r.ctx, r.client(), "job").Await(r.ctx); v != 7 || err != nil {
		t.Errorf("Join after the end = %v, %v", v, err)
	}
	nobody := g.Join(r.ctx, other, "no such job")
	if _, err := nobody.Await(r.ctx); !errors.Is(err, cluster.ErrNoCall) || nobody.State() != future.Failed {
		t.Errorf("Join of an unknown id = %v in state %v, want Failed with ErrNoCall", err, nobody.State())
	}

	g.Submit(r.ctx, c, 8, cluster.WithID("unwanted"))
	receive(r, g.begun)
	joined := g.Join(r.ctx, other, "unwanted")
	if !joined.Abort(errUnwanted) {
		t.Error("Abort through Join = false")
	}
	if _, err := joined.Await(r.ctx); !errors.Is(err, cluster.ErrAborted) || joined.State() != future.Failed {
		t.Errorf("aborted through Join: %v in state %v", err, joined.State())
	}
}
