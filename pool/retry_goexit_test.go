package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

func exit(context.Context) (int, error) { runtime.Goexit(); return 1, nil }

// A task and its schedule may both call Goexit: the second one comes while the first one
// unwinds the worker.
func TestRetryGoexitTwice(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, exit, millrace.WithKey(1), millrace.WithRetry(func(int, error) (time.Duration, bool) {
			runtime.Goexit()
			return 0, true
		}))
		after := pool.Submit(bg, p, nop, millrace.WithKey(1))
		if _, err := f.Await(bg); !errors.Is(err, future.ErrGoexit) {
			t.Errorf("Await() = %v, want ErrGoexit", err)
		}
		wantValue(t, "the next one of its key", after, 1)
		p.Close()
		if s := stats(t, p); s.Goroutines != 0 || s.Failed != 1 {
			t.Errorf("Stats() = %+v, want one failure and no goroutine", s)
		}
	})
}

// An exiter is an observer whose Retried calls Goexit.
type exiter struct{ told *int }

func (exiter) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }
func (exiter) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context   { return ctx }
func (exiter) Ended(context.Context, *millrace.TaskInfo)                           {}
func (exiter) NeverRan(context.Context, *millrace.TaskInfo)                        {}

func (e exiter) Retried(context.Context, *millrace.TaskInfo, time.Duration) {
	*e.told++
	runtime.Goexit()
}

// An observer that calls Goexit when it is told of another attempt changes nothing of it,
// however the attempt before it ended.
func TestRetryWithObserverThatExits(t *testing.T) {
	for name, failed := range map[string]func(context.Context) (int, error){
		"error": func(context.Context) (int, error) { return 0, errBoom },
		"panic": func(context.Context) (int, error) { panic(errBoom) },
		"exit":  exit,
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				told, asked := 0, 0
				p := pool.New(one, millrace.WithObserver(exiter{&told}))
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					if pool.Attempt(ctx) < 3 {
						return failed(ctx)
					}
					return 1, nil
				}, millrace.WithRetry(func(int, error) (time.Duration, bool) { asked++; return time.Second, true }))
				wantValue(t, "after two failures", f, 1)
				p.Close()
				if told != 1 || asked != 2 {
					t.Errorf("the observer was told %d times and the schedule asked %d times, want 1 and 2", told, asked)
				}
				if s := stats(t, p); s.Goroutines != 0 {
					t.Errorf("Stats() = %+v, want no goroutine", s)
				}
			})
		})
	}
}

// Attempt returns 0 outside of tasks, and for the context of one that has ended.
func TestAttemptOutsideOfTasks(t *testing.T) {
	p := pool.New(one)
	var kept context.Context
	pool.Submit(bg, p, func(ctx context.Context) (int, error) { kept = ctx; return 1, nil }).Await(bg)
	for _, ctx := range []context.Context{bg, kept} {
		if n := pool.Attempt(ctx); n != 0 {
			t.Errorf("Attempt(%v) = %d, want 0", ctx, n)
		}
	}
	p.Close()
}
