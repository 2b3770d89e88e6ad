package enginetest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// checkNeverRan checks that the call was settled as never run, for a reason.
func checkNeverRan[T any](r *rig, what string, f *future.Future[T], reason error) {
	r.t.Helper()
	_, err := f.Await(r.ctx)
	if f.State() != future.Cancelled || !errors.Is(err, future.ErrCancelled) || !errors.Is(err, reason) {
		r.t.Errorf("%s: %v in state %v, want Cancelled and %v", what, err, f.State(), reason)
	}
}

func (h *Harness) unknownTask(t *testing.T) {
	r := h.rig(t)
	r.serve(1, 1, square)
	c := r.client()
	types := cluster.Declare[int64, int64]("square").Submit(r.ctx, c, 1)
	name := cluster.Declare[int, int]("cube").Submit(r.ctx, c, 1)
	checkNeverRan(r, "other types", types, cluster.ErrUnknown)
	checkNeverRan(r, "another name", name, cluster.ErrUnknown)
	if _, err := types.Await(r.ctx); !strings.Contains(err.Error(), "int64 -> int64") || !strings.Contains(err.Error(), "square (int -> int)") {
		t.Errorf("error %q does not say what is there and what is wanted", err)
	}
	if v, err := square.Submit(r.ctx, c, 3).Await(r.ctx); v != 9 || err != nil {
		t.Errorf("the next call: %v, %v", v, err)
	}
}

// A hostile is a value whose decoder panics.
type hostile struct{ N int }

func (h *hostile) UnmarshalJSON([]byte) error { panic("hostile input") }

func (h *Harness) badInput(t *testing.T) {
	var ran atomic.Bool
	task := cluster.Define("hostile", func(context.Context, hostile) (int, error) { ran.Store(true); return 0, nil })
	output := cluster.Define("unfit", func(context.Context, int) (any, error) { return func() {}, nil })
	r := h.rig(t)
	r.serve(1, 1, task, output, square)
	c := r.client()
	f := task.Submit(r.ctx, c, hostile{})
	var pe *future.PanicError
	if _, err := f.Await(r.ctx); !errors.As(err, &pe) || f.State() != future.Cancelled || ran.Load() {
		t.Errorf("an input whose decoder panics: %v in state %v, ran: %v", err, f.State(), ran.Load())
	}
	if _, err := output.Submit(r.ctx, c, 1).Await(r.ctx); err == nil || !strings.Contains(err.Error(), "output") {
		t.Errorf("an output that cannot be encoded: %v", err)
	}
	if v, err := square.Submit(r.ctx, c, 3).Await(r.ctx); v != 9 || err != nil {
		t.Errorf("the next call: %v, %v", v, err)
	}
}

func (h *Harness) tooLarge(t *testing.T) {
	echo := cluster.Define("echo", func(_ context.Context, s string) (string, error) { return s, nil })
	grow := cluster.Define("grow", func(_ context.Context, n int) (string, error) { return strings.Repeat("x", n), nil })
	r := h.rig(t)
	r.serve(1, 1, echo, grow)
	c := r.client()
	checkNeverRan(r, "a large input", echo.Submit(r.ctx, c, strings.Repeat("x", h.MaxBytes)), cluster.ErrTooLarge)
	f := grow.Submit(r.ctx, c, h.MaxBytes)
	if _, err := f.Await(r.ctx); !errors.Is(err, cluster.ErrTooLarge) || f.State() != future.Failed {
		t.Errorf("a large output: %v in state %v, want Failed with ErrTooLarge", err, f.State())
	}
	half := strings.Repeat("y", h.MaxBytes/2)
	if v, err := echo.Submit(r.ctx, c, half).Await(r.ctx); v != half || err != nil {
		t.Errorf("half of what is allowed: %d bytes, %v", len(v), err)
	}
}

// longTexts has errors that are longer than what an engine carries beside a value, and
// causes of aborts.
func (h *Harness) longTexts(t *testing.T) {
	text := strings.Repeat("\x01y", h.MaxBytes)
	g := newGate()
	fail := cluster.Define("fail", func(_ context.Context, panics bool) (int, error) {
		if panics {
			panic(text)
		}
		return 0, errors.New(text)
	})
	r := h.rig(t)
	r.serve(1, 1, fail, g)
	c := r.client()
	for _, panics := range []bool{false, true} {
		f := fail.Submit(r.ctx, c, panics)
		var pe *future.PanicError
		if _, err := f.Await(r.ctx); f.State() != future.Failed || errors.As(err, &pe) != panics || !strings.Contains(err.Error(), text[:1000]) {
			t.Errorf("a long text, of a panic %v: %.100v in state %v, want Failed with its beginning", panics, err, f.State())
		}
	}
	running := g.Submit(r.ctx, c, 1)
	receive(r, g.begun)
	cause := errors.New(text)
	running.Abort(cause)
	if _, err := running.Await(r.ctx); !errors.Is(err, cluster.ErrAborted) || !errors.Is(err, cause) || errors.Is(err, cluster.ErrUnsure) {
		t.Errorf("aborted with a long cause: %.100v, want ErrAborted and the cause", err)
	}
	if got := receive(r, g.ended); !errors.Is(got, cluster.ErrAborted) {
		t.Errorf("cause on the worker: %.100v", got)
	}
}

func (h *Harness) tooHeavy(t *testing.T) {
	task := cluster.Define("heavy", func(_ context.Context, n int) (int, error) { return n, nil }).
		Locally(func(n int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithWeight(int64(n))} })
	r := h.rig(t)
	p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(2), millrace.WithMaxWeight(5))
	r.serveOn(p, task)
	c := r.client()
	checkNeverRan(r, "a weight beyond the worker's", task.Submit(r.ctx, c, 9), pool.ErrTooHeavy)
	if v, err := task.Submit(r.ctx, c, 5).Await(r.ctx); v != 5 || err != nil {
		t.Errorf("a weight that fits: %v, %v", v, err)
	}
}
