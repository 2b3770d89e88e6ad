package observe_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// What a pool does is logged, once and at its level, with a handler that submits to
// that pool.
func TestLogOfPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := &lines{}
		p := pool.New(millrace.WithName("web"), millrace.WithWorkers(1), millrace.WithQueue(1), millrace.WithOverflow(millrace.Reject),
			millrace.WithObserver(observe.Log(slog.New(l), observe.LogOptions{Slow: 1100 * time.Millisecond})))
		ctx := context.Background()
		over, cancel := context.WithCancel(ctx)
		cancel()
		l.more = func(r slog.Record) {
			pool.Go(over, p, func(context.Context) error { return nil })
			if r.Message == "task panicked" { // otherwise the queue is full
				pool.Go(ctx, p, func(context.Context) error { return nil })
			}
		}
		_, err := pool.Go(ctx, p, func(context.Context) error { panic("boom") }, millrace.WithTaskName("bad")).Await(ctx)
		if err == nil {
			t.Fatal("a task that panics has no error")
		}
		synctest.Wait()
		if got := l.take(); len(got) != 1 || !strings.HasPrefix(got[0], "ERROR task panicked pool=web task=bad value=boom stack=") || !strings.Contains(got[0], "TestLogOfPool") {
			t.Errorf("logged %v, want the panic with its stack", got)
		}
		f := pool.Go(ctx, p, func(context.Context) error { time.Sleep(1500 * time.Millisecond); return nil }, millrace.WithTaskName("slow"))
		synctest.Wait()
		for range 3 {
			pool.Go(ctx, p, func(context.Context) error { return nil }) // one has a place
		}
		_, _ = f.Await(ctx)
		time.Sleep(time.Second)
		synctest.Wait()
		l.want(t, "after a slow task and a full queue", "WARN queue full pool=web count=1", "WARN queue full pool=web count=1",
			"WARN task still running pool=web task=slow age=1.1s", "WARN slow task pool=web task=slow run=1.5s wait=0s")
		_ = p.Close()
	})
}

// A panic of a function of OnDone, which is part of no outcome, is logged and counted, and
// so is that the pool was stopped.
func TestLogOfCallback(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := &lines{}
		p := pool.New(millrace.WithName("web"), millrace.WithObserver(observe.Log(slog.New(l), observe.LogOptions{})))
		start := make(chan struct{})
		f := pool.Go(context.Background(), p, func(context.Context) error { <-start; return nil })
		ran := false
		f.OnDone(func(*future.Future[struct{}]) { panic("boom") })
		f.OnDone(func(*future.Future[struct{}]) { ran = true })
		close(start)
		_, _ = f.Await(context.Background())
		synctest.Wait() // waiters are woken before the functions run
		p.Stop(errors.New("enough"))
		_ = p.Close()
		got := l.take()
		if len(got) != 2 || !strings.HasPrefix(got[0], "ERROR callback panicked pool=web value=boom stack=") || !strings.Contains(got[0], "TestLogOfCallback") ||
			!strings.HasPrefix(got[1], "INFO pool stopped pool=web err=") || !strings.Contains(got[1], "enough") {
			t.Errorf("logged %v, want the panic with its stack, and that the pool was stopped", got)
		}
		if s := p.Stats(); s.CallbackPanics != 1 || !ran {
			t.Errorf("%d panics are counted, want 1; the other function ran: %t", s.CallbackPanics, ran)
		}
	})
}

// The page shows a pool's tasks with the functions in their stacks, its failures, and
// the pool while it closes.
func TestPageOfPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := pool.New(millrace.WithName("web"), millrace.WithWorkers(2), millrace.WithObserver(page))
		page.Add(p)
		ctx := context.Background()
		end := make(chan struct{})
		pool.Go(ctx, p, func(ctx context.Context) error { return wedged(ctx, end) })
		_, _ = pool.Go(ctx, p, func(context.Context) error { return errors.New("boom") }, millrace.WithTaskName("bad")).Await(ctx)
		synctest.Wait()
		a := ask(t, page, "stacks=1")
		if len(a.Tasks) != 1 || !strings.Contains(a.Tasks[0].Stack, "observe_test.wedged") || !strings.Contains(a.Tasks[0].Stack, "pool_test.go") {
			t.Errorf("tasks %+v, want one with the stack of its function", a.Tasks)
		}
		if len(a.Tasks) == 1 && a.Tasks[0].Name != "observe_test.TestPageOfPool.func1.1" {
			t.Errorf("the task has the name %q, want that of the function that the caller gave", a.Tasks[0].Name)
		}
		if len(a.Failures) != 1 || a.Failures[0].Task != "bad" || a.Failures[0].Error != "boom" {
			t.Errorf("failures %+v, want boom", a.Failures)
		}
		if a.Pools[0].Name != "web" || a.Pools[0].Running != 1 || a.Pools[0].Error != "" {
			t.Errorf("pools %+v, want web with one task", a.Pools)
		}
		closed := make(chan struct{})
		go func() { defer close(closed); _ = p.Close() }()
		time.Sleep(time.Second)
		if a := ask(t, page, ""); len(a.Pools) != 1 || a.Pools[0].Error == "" || len(a.Tasks) != 1 {
			t.Errorf("while the pool closes: %+v, want that it takes no more", a.Pools)
		}
		close(end)
		<-closed
		time.Sleep(time.Second)
		if a := ask(t, page, "stacks=1"); len(a.Tasks) != 0 {
			t.Errorf("after the pool has closed: %+v, want none", a.Tasks)
		}
	})
}

// wedged is a function to be found in a stack.
func wedged(_ context.Context, end <-chan struct{}) error { <-end; return nil }
