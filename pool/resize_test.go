package pool_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Up: pending tasks start at once.
func TestResizeUp(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var running gauge
		fs := measured(p, 6, &running)
		p.Resize(4)
		if s := stats(t, p); s.Workers != 4 || s.Running != 4 || s.Queued != 2 {
			t.Errorf("Stats() after Resize(4) = %+v, want 4 running, 2 queued", s)
		}
		begin := time.Now()
		future.AllSettled(bg, fs...)
		if took := time.Since(begin); took != 2*time.Second || running.peak.Load() != 4 {
			t.Errorf("took %v with %d at once, want 2s with 4", took, running.peak.Load())
		}
		p.Close()
	})
}

// Down: running tasks go on, and as they end nothing starts until fewer run.
func TestResizeDown(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		gates := make([]chan struct{}, 8)
		for i := range gates {
			gates[i] = make(chan struct{})
			pool.Submit(bg, p, func(context.Context) (int, error) { <-gates[i]; return 1, nil })
		}
		p.Resize(2)
		for i, want := range []string{"4 4", "3 4", "2 4", "2 3", "2 2", "2 1", "2 0", "1 0", "0 0"} {
			synctest.Wait()
			s := stats(t, p)
			if got := fmt.Sprint(s.Running, s.Queued); got != want || s.Workers != 2 {
				t.Errorf("after %d tasks: %s running and queued of %d workers, want %s of 2", i, got, s.Workers, want)
			}
			if i < len(gates) {
				close(gates[i])
			}
		}
		p.Close()
	})
}

// Goroutines beyond the workers end when they have been idle.
func TestResizeDownEndsGoroutines(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8), millrace.WithIdleTimeout(time.Second))
		blocker(p, 8)()
		p.Resize(1)
		for range 5 {
			time.Sleep(900 * time.Millisecond)
			pool.Submit(bg, p, nop).Await(bg)
		}
		synctest.Wait()
		if s := stats(t, p); s.Goroutines > 1 {
			t.Errorf("Stats() = %+v, want at most 1 goroutine", s)
		}
		p.Close()
	})
}

// Under load, with nested tasks: the bound at every instant is the largest that
// was ever set, everything runs, and at the end the last one holds exactly.
func TestResizeUnderLoad(t *testing.T) {
	const most = 6
	p := pool.New(two)
	var running gauge
	var stop atomic.Bool
	resized := make(chan struct{})
	go func() {
		defer close(resized)
		for i := 0; !stop.Load(); i++ {
			p.Resize(1 + i%most)
			if s := stats(t, p); s.Running > most {
				t.Errorf("Stats() = %+v, want at most %d running", s, most)
			}
		}
	}()
	produce := func() {
		for range 100 {
			pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				running.add(1)
				defer running.add(-1)
				fs := submitAll(ctx, p, 2, func(context.Context) (int, error) {
					running.add(1)
					defer running.add(-1)
					return 1, nil
				})
				running.add(-1)
				defer running.add(1)
				_, err := future.All(ctx, fs...)
				return 1, err
			})
		}
	}
	races(produce, produce)
	stop.Store(true)
	<-resized
	p.Resize(3)
	p.Close()
	running.want(t, "running tasks", most)
	if s := stats(t, p); s.Succeeded != 600 || s.Workers != 3 {
		t.Errorf("Stats() = %+v, want 600 succeeded, 3 workers", s)
	}
}

// A pool that has ended can be resized, to no effect.
func TestResizeAfterClose(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		p.Close()
		p.Resize(5)
		if s := stats(t, p); s.Goroutines != 0 {
			t.Errorf("Stats() = %+v, want no goroutine", s)
		}
		p.Stop(errBoom)
		p.Resize(1)
	})
}

// While it closes, more workers finish what is left sooner.
func TestResizeWhileClosing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var running gauge
		measured(p, 4, &running)
		begin := time.Now()
		go func() {
			time.Sleep(500 * time.Millisecond)
			p.Resize(4)
		}()
		p.Close()
		if took := time.Since(begin); took != 1500*time.Millisecond {
			t.Errorf("Close() took %v, want 1.5s", took)
		}
	})
}

func TestResizeOutOfRange(t *testing.T) {
	p := pool.New(two)
	wantPanic(t, func() { p.Resize(0) }, "pool: ", "Resize(0)", "want", ">= 1")
	wantPanic(t, func() { p.Resize(-3) }, "pool: ", "Resize(-3)", "want", ">= 1")
	if s := stats(t, p); s.Workers != 2 {
		t.Errorf("Stats() = %+v, want 2 workers as before", s)
	}
}
