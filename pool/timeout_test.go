package pool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// wantTimeout fails t unless err is the cause of a context that timed out after d.
func wantTimeout(t *testing.T, what string, err error, d time.Duration) {
	t.Helper()
	var te *future.TimeoutError
	if !errors.As(err, &te) || te.After != d || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s = %v, want a TimeoutError after %v that is DeadlineExceeded", what, err, d)
	}
}

// The time counts from the start of the task, not from its submission.
func TestTimeoutCountsFromStart(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		var end error
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			end = ctx.Err()
			return 0, context.Cause(ctx)
		}, millrace.WithTimeout(time.Second))
		time.Sleep(time.Hour)
		if s := f.State(); s != future.Pending {
			t.Errorf("State() after an hour in the queue = %v, want pending", s)
		}
		begin := time.Now()
		release()
		_, err := f.Await(bg)
		wantTimeout(t, "Cause()", err, time.Second)
		if took := time.Since(begin); took != time.Second || end != context.DeadlineExceeded {
			t.Errorf("ended after %v with %v, want DeadlineExceeded after 1s", took, end)
		}
		p.Close()
	})
}

// Every kind of task has it; of a Then it counts from the start of its function.
func TestTimeoutOfEachKind(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		second := millrace.WithTimeout(time.Second)
		each := func(ctx context.Context, _ int) (int, error) { return untilEnd(ctx) }
		_, err := pool.Go(bg, p, func(ctx context.Context) error { _, err := untilEnd(ctx); return err }, second).Await(bg)
		wantTimeout(t, "Go", err, time.Second)
		in := future.NewPromise[int]()
		then := pool.Then(bg, p, in.Future(), each, second)
		time.Sleep(time.Minute)
		in.Resolve(1)
		begin := time.Now()
		_, err = then.Await(bg)
		wantTimeout(t, "Then", err, time.Second)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("Then ended after %v, want 1s", took)
		}
		_, err = pool.Submit(bg, pool.NewGroup(bg, p), untilEnd, second).Await(bg)
		wantTimeout(t, "a member of a group", err, time.Second)
		_, err = pool.MapSlice(bg, p, []int{1, 2}, each, second)
		wantTimeout(t, "MapSlice", err, time.Second)
		begin = time.Now()
		n := 0
		for _, err := range pool.Map(bg, p, count(3), each, second) {
			wantTimeout(t, "Map", err, time.Second)
			n++
		}
		if took := time.Since(begin); n != 3 || took != 3*time.Second {
			t.Errorf("Map of 3 items with 1 worker: %d errors in %v, want 3 in 3s", n, took)
		}
		p.Close()
	})
}

// A task that does not look goes on, and its outcome is its own.
func TestTimeoutIgnored(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Hour); return 7, nil }, millrace.WithTimeout(time.Second))
		wantValue(t, "a task that ignores its timeout", f, 7)
		p.Close()
	})
}

// The timer of a task that ends before its timeout touches neither the task's context nor
// the next task of the goroutine.
func TestTimeoutAfterTheEnd(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var leaked context.Context
		pool.Go(bg, p, func(ctx context.Context) error { leaked = ctx; ctx.Done(); return nil }, millrace.WithTimeout(time.Second)).Await(bg)
		next := pool.Submit(bg, p, func(ctx context.Context) (int, error) { time.Sleep(time.Minute); return 1, ctx.Err() })
		wantValue(t, "the next task", next, 1)
		if err := context.Cause(leaked); err != future.ErrTaskEnded {
			t.Errorf("Cause() of the ended task's context = %v, want %v", err, future.ErrTaskEnded)
		}
		p.Close()
	})
}

// A task that ends before its timeout leaves no timer: with one its function would stay in
// memory.
func TestTimeoutLeavesNoTimer(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	for name, end := range ends {
		what := watchedTask(p, end, millrace.WithTimeout(24*time.Hour))
		what.want(t, "with a timeout, "+name)
	}
}

// A wait that lends the slot is part of the task's time.
func TestTimeoutWhileWaiting(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, untilEnd).Await(ctx)
		}, millrace.WithTimeout(time.Second))
		begin := time.Now()
		_, err := f.Await(bg)
		wantTimeout(t, "Await()", err, time.Second)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("ended after %v, want 1s", took)
		}
		p.Close()
	})
}

// What comes first counts: here the submit context's deadline.
func TestTimeoutBehindDeadline(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
		defer cancel()
		if _, err := pool.Submit(ctx, p, untilEnd, millrace.WithTimeout(time.Minute)).Await(bg); err != errBoom {
			t.Errorf("Await() = %v, want the cause of the submit context", err)
		}
		p.Close()
	})
}

// Abort has no effect on a task whose timeout has ended its context, but if it ends further attempts.
func TestAbortAfterTimeout(t *testing.T) {
	for retries, want := range map[bool]bool{false: false, true: true} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			gate := make(chan struct{})
			opts := []millrace.TaskOption{millrace.WithTimeout(time.Second)}
			if retries {
				opts = append(opts, millrace.WithRetry(func(int, error) (time.Duration, bool) { return 0, true }))
			}
			f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				<-gate
				return 0, errBoom
			}, opts...)
			time.Sleep(2 * time.Second)
			if got := f.Abort(nil); got != want {
				t.Errorf("Abort() after the timeout = %v, want %v; with further attempts: %v", got, want, retries)
			}
			close(gate)
			p.Close()
		})
	}
}
