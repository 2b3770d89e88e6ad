package enginetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
)

func (h *Harness) outcome(t *testing.T) {
	r := h.rig(t)
	r.serve(4, 4, square)
	c := r.client()
	var fs []*future.Future[int]
	for n := range 10 {
		fs = append(fs, square.Submit(r.ctx, c, n))
	}
	vs, err := future.All(r.ctx, fs...)
	if err != nil {
		t.Fatalf("All = %v", err)
	}
	for n, v := range vs {
		if v != n*n || fs[n].State() != future.Succeeded {
			t.Errorf("square of %d = %d in state %v", n, v, fs[n].State())
		}
	}
}

func (h *Harness) failure(t *testing.T) {
	var runs atomic.Int32
	task := cluster.Define("fail", func(context.Context, int) (int, error) {
		runs.Add(1)
		return 0, fmt.Errorf("why: %w", errWanted)
	}, cluster.Errors(errWanted))
	r := h.rig(t)
	r.serve(2, 2, task)
	f := task.Submit(r.ctx, r.client(), 1)
	_, err := f.Await(r.ctx)
	var ce *cluster.Error
	if !errors.As(err, &ce) || !errors.Is(err, errWanted) || errors.Is(err, context.Canceled) {
		t.Fatalf("Await = %v, want a *cluster.Error that is errWanted and nothing else", err)
	}
	if ce.Task != "fail" || ce.ID == "" || ce.Worker == "" || ce.Attempt != 1 || !strings.Contains(ce.Text, "why: ") {
		t.Errorf("error = %+v, want task, id, worker, attempt 1 and the text", ce)
	}
	if f.State() != future.Failed || runs.Load() != 1 {
		t.Errorf("state %v after %d runs, want Failed after 1", f.State(), runs.Load())
	}
}

func (h *Harness) panics(t *testing.T) {
	task := cluster.Define("panic", func(context.Context, int) (int, error) { return crash(), nil })
	r := h.rig(t)
	r.serve(1, 1, task)
	c := r.client()
	for range 2 { // the slot is there after the first one
		_, err := task.Submit(r.ctx, c, 1).Await(r.ctx)
		var pe *future.PanicError
		if !errors.As(err, &pe) || !strings.Contains(string(pe.Stack), "enginetest.crash") || !strings.Contains(err.Error(), "nil map") {
			t.Fatalf("Await = %v, want a panic with the worker's stack", err)
		}
	}
}

//go:noinline
func crash() int {
	m := map[bool]map[string]int{}[true]
	m["x"] = 1 // to a nil map, as in programs that crash
	return 0
}

func (h *Harness) goexit(t *testing.T) {
	task := cluster.Define("goexit", func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil })
	r := h.rig(t)
	r.serve(1, 1, task)
	c := r.client()
	for range 2 {
		if _, err := task.Submit(r.ctx, c, 1).Await(r.ctx); !errors.Is(err, future.ErrGoexit) {
			t.Fatalf("Await = %v, want ErrGoexit", err)
		}
	}
}

func (h *Harness) retry(t *testing.T) {
	var ids [4]atomic.Pointer[string]
	task := cluster.Define("flaky", func(ctx context.Context, n int) (int, error) {
		d, ok := cluster.FromContext(ctx)
		if !ok {
			return 0, errors.New("no delivery in the context")
		}
		id := d.ID()
		ids[d.Attempt()].Store(&id)
		if d.Attempt() < n {
			return 0, errWanted
		}
		return d.Attempt(), nil
	}, cluster.Errors(errWanted), cluster.Attempts(3), cluster.Retry(10*time.Millisecond))
	r := h.rig(t)
	r.serve(2, 2, task)
	c := r.client()
	if v, err := task.Submit(r.ctx, c, 3).Await(r.ctx); v != 3 || err != nil {
		t.Errorf("a call whose third attempt succeeds: %v, %v", v, err)
	}
	if *ids[1].Load() != *ids[3].Load() {
		t.Errorf("ids of the attempts: %q, %q", *ids[1].Load(), *ids[3].Load())
	}
	_, err := task.Submit(r.ctx, c, 9).Await(r.ctx)
	var ce *cluster.Error
	if !errors.Is(err, errWanted) || !errors.As(err, &ce) || ce.Attempt != 3 {
		t.Errorf("a call that never succeeds: %v, want errWanted of attempt 3", err)
	}
}

func (h *Harness) timeout(t *testing.T) {
	task := cluster.Define("slow", func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}, cluster.Timeout(20*time.Millisecond))
	r := h.rig(t)
	r.serve(1, 1, task)
	f := task.Submit(r.ctx, r.client(), 1)
	if _, err := f.Await(r.ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, cluster.ErrAborted) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want DeadlineExceeded and Failed", err, f.State())
	}
}

func (h *Harness) progress(t *testing.T) {
	type step struct{ Done, Of int }
	seen := make(chan step, 100)
	done := make(chan struct{})
	task := cluster.Define("steps", func(ctx context.Context, n int) (int, error) {
		d, _ := cluster.FromContext(ctx)
		if err := d.Report(func() {}); err == nil {
			return 0, errors.New("a report of a func was taken")
		}
		for i := 1; ; i++ { // reports may be lost
			if err := d.Report(step{i, n}); err != nil {
				return 0, err
			}
			select {
			case <-done:
				return i, nil
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	r := h.rig(t)
	r.serve(1, 1, task)
	f := task.Submit(r.ctx, r.client(), 7, cluster.OnProgress(func(s step) {
		select {
		case seen <- s:
		default:
		}
		panic("contained")
	}))
	first := receive(r, seen)
	second := receive(r, seen)
	if first.Of != 7 || second.Done <= first.Done {
		t.Errorf("progress %v, then %v", first, second)
	}
	r.eventually("Running", func() bool { return f.State() == future.Running })
	close(done)
	if _, err := f.Await(r.ctx); err != nil {
		t.Errorf("Await = %v", err)
	}
}

func (h *Harness) priority(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	c := r.client()
	var fs []*future.Future[int]
	submit := func(priority, n int) {
		fs = append(fs, g.Submit(r.ctx, c, n, cluster.WithPriority(priority)))
	}
	const each = 20
	for n := range each { // before there is a worker: nothing has been fetched
		submit(-1, 200+n)
	}
	for n := range each {
		submit(0, 100+n)
	}
	for n := range each {
		submit(1, n)
	}
	r.serve(1, 0, g)
	var order []int
	for range 3 * each {
		order = append(order, receive(r, g.begun))
		for range 2 { // what the worker has asked for is answered before this is
			if _, err := g.Join(r.ctx, c, "no such call").Await(r.ctx); !errors.Is(err, cluster.ErrNoCall) {
				t.Errorf("Join of an unknown id = %v", err)
			}
		}
		g.open <- 1
	}
	if _, err := future.All(r.ctx, fs...); err != nil {
		t.Fatalf("All = %v", err)
	}
	if !h.CoarsePriority {
		checkOrder(t, order)
	}
}

// checkOrder allows for what a worker took before calls of a higher priority had come
// to it: all of the highest, numbered from 0, must be in the first two thirds.
func checkOrder(t *testing.T, order []int) {
	high := 0
	for _, n := range order[:len(order)*2/3] {
		if n < 100 {
			high++
		}
	}
	if high < len(order)/3 {
		t.Errorf("calls of the highest priority (below 100) came late: %v", order)
	}
}
