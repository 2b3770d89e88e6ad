package enginetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
)

// raced aborts calls while they start and end and while workers come and go, and
// compares the states with a log of what began.
func (h *Harness) raced(t *testing.T) {
	log := &beginLog{begun: make([]atomic.Int32, h.Raced)}
	task := cluster.Define("raced", func(ctx context.Context, n int) (int, error) {
		log.begun[n].Add(1)
		select {
		case <-time.After(time.Duration(rand.IntN(1000)) * time.Microsecond):
			return n, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
	r := h.rig(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience+time.Duration(h.Raced)*10*time.Millisecond)
	defer cancel()
	r.ctx = ctx
	r.serve(4, 8, task)
	c := r.client(cluster.WithMaxCalls(300))
	racing := make(chan struct{})
	var churn sync.WaitGroup
	churn.Go(func() { // a worker that comes and goes
		for {
			stop := r.serve(4, 8, task)
			select {
			case <-racing:
				stop()
				return
			case <-time.After(time.Duration(20+rand.IntN(400)) * time.Millisecond):
				stop()
			}
		}
	})
	end := sync.OnceFunc(func() { close(racing); churn.Wait() })
	defer end()
	fs := make([]*future.Future[int], h.Raced)
	settled := make([]atomic.Int32, h.Raced)
	var aborters sync.WaitGroup
	for n := range fs {
		f := task.Submit(ctx, c, n)
		fs[n] = f
		f.OnDone(func(*future.Future[int]) { settled[n].Add(1) })
		if n%3 != 0 {
			aborters.Go(func() {
				time.Sleep(time.Duration(rand.IntN(20000)) * time.Microsecond)
				f.Abort(errUnwanted)
			})
		}
	}
	aborters.Wait()
	if _, _, err := future.Wait(ctx, future.AllCompleted, fs...); err != nil {
		t.Fatalf("Wait = %v", err)
	}
	end()
	if err := c.Close(ctx); err != nil { // after it all functions of OnDone have run
		t.Errorf("Close = %v", err)
	}
	log.check(t, ctx, fs, settled)
}

// A beginLog counts how often each call began.
type beginLog struct{ begun []atomic.Int32 }

func (l *beginLog) check(t *testing.T, ctx context.Context, fs []*future.Future[int], settled []atomic.Int32) {
	counts := map[future.State]int{}
	unsure, notBegun := 0, 0
	for n, f := range fs {
		_, err := f.Await(ctx)
		began := l.begun[n].Load()
		counts[f.State()]++
		if errors.Is(err, cluster.ErrUnsure) {
			unsure++
		}
		switch s := f.State(); {
		case settled[n].Load() != 1:
			t.Errorf("call %d: OnDone was called %d times", n, settled[n].Load())
		case s == future.Cancelled && began > 0:
			t.Errorf("call %d is Cancelled, and began: %v", n, err)
		case s == future.Succeeded && began == 0:
			t.Errorf("call %d has succeeded, and did not begin", n)
		case began > 1:
			t.Errorf("call %d began %d times, and no worker was killed", n, began)
		case s == future.Failed && !errors.Is(err, cluster.ErrAborted):
			t.Errorf("call %d failed: %v", n, err)
		case s == future.Failed && began == 0:
			notBegun++
		}
	}
	t.Logf("states %v; %d unsure; %d failed that did not begin", counts, unsure, notBegun)
}
