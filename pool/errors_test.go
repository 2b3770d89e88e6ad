package pool_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The errors that a pool makes have its name, and that of the task that they are about.
func TestErrorsNameThePool(t *testing.T) {
	name, task := millrace.WithName("mill"), millrace.WithTaskName("grind")
	await := func(f *intFuture) error {
		_, err := f.Await(bg)
		return err
	}
	for what, c := range map[string]struct {
		opt  millrace.PoolOption
		of   func(p *pool.Pool) error
		kind error
	}{
		"too heavy": {millrace.WithMaxWeight(1), func(p *pool.Pool) error {
			return await(pool.Submit(bg, p, nop, millrace.WithWeight(2), task))
		}, pool.ErrTooHeavy},
		"rejected": {millrace.WithQueue(0), func(p *pool.Pool) error {
			defer blocker(p, 1)()
			return await(pool.Submit(bg, p, nop, millrace.WithOverflow(millrace.Reject), task))
		}, pool.ErrQueueFull},
		"dropped": {millrace.WithQueue(1), func(p *pool.Pool) error {
			defer blocker(p, 1)()
			f := pool.Submit(bg, p, nop, task)
			pool.Submit(bg, p, nop, millrace.WithOverflow(millrace.DropOldest))
			return await(f)
		}, pool.ErrQueueFull},
		"a Then that finds it full": {millrace.WithQueue(0), func(p *pool.Pool) error {
			defer blocker(p, 1)()
			input := future.NewPromise[int]()
			f := pool.Then(bg, p, input.Future(), func(context.Context, int) (int, error) { return 1, nil }, millrace.WithOverflow(millrace.Reject), task)
			input.Resolve(1)
			return await(f)
		}, pool.ErrQueueFull},
		"too long": {nil, func(p *pool.Pool) error {
			defer blocker(p, 1)()
			return await(pool.Submit(bg, p, nop, millrace.WithMaxWait(time.Second), task))
		}, pool.ErrMaxWait},
		"closed":  {nil, func(p *pool.Pool) error { p.Seal(); return await(pool.Submit(bg, p, nop)) }, pool.ErrClosed},
		"stopped": {nil, func(p *pool.Pool) error { p.Stop(errBoom); return await(pool.Submit(bg, p, nop)) }, pool.ErrStopped},
		"broken": {millrace.WithInit(func(context.Context) (context.Context, error) { return nil, errBoom }), func(p *pool.Pool) error {
			return await(pool.Submit(bg, p, nop))
		}, pool.ErrBroken},
		"Err":      {nil, func(p *pool.Pool) error { p.Seal(); return p.Err() }, pool.ErrClosed},
		"Shutdown": {nil, func(p *pool.Pool) error { defer blocker(p, 1)(); return p.Shutdown(ended(errBoom)) }, errBoom},
	} {
		bubble.Run(t, func(t *testing.T) {
			for _, named := range []bool{true, false} {
				opts := []millrace.PoolOption{one, c.opt}
				if named {
					opts = append(opts, name)
				}
				p := pool.New(opts...)
				err := c.of(p)
				wantIs(t, what, err, c.kind)
				ofTask := c.kind == pool.ErrTooHeavy || c.kind == pool.ErrQueueFull || c.kind == pool.ErrMaxWait
				if ofTask && !strings.HasSuffix(err.Error(), " (task grind)") {
					t.Errorf("%s: the error does not name the task: %v", what, err)
				}
				if got := strings.Contains(err.Error(), "(pool mill)"); got != named {
					t.Errorf("%s: the error has the name of the pool = %v, want %v: %v", what, got, named, err)
				}
				p.Close()
			}
		})
	}
}

// A task that never ran because a deadline has passed says so, also if the deadline has a
// cause of its own.
func TestNeverRanWithCause(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
		defer cancel()
		pending := pool.Submit(ctx, p, nop)
		_, err := pool.Acquire(ctx, p)
		wantIs(t, "Acquire()", err, future.ErrCancelled, errBoom, context.DeadlineExceeded)
		for what, f := range map[string]*intFuture{
			"pending":   pending,
			"submitted": pool.Submit(ctx, p, nop),
			"Go":        future.Go(ctx, nop),
		} {
			wantNeverRan(t, what, f, errBoom, context.DeadlineExceeded)
			if _, err := f.Await(bg); err.Error() != "future: cancelled before it ran: boom" {
				t.Errorf("%s: %q, want the cause alone in the text", what, err)
			}
		}
		plain, stop := context.WithCancel(bg)
		stop()
		if _, err := pool.Submit(plain, p, nop).Await(bg); !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "canceled") != 1 {
			t.Errorf("without a cause: %v, want context canceled", err)
		}
		release()
		p.Close()
	})
}

// The errors that the library makes for a task say which one it is.
func TestErrorsNameTheTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		name, second := millrace.WithTaskName("resize"), millrace.WithTimeout(time.Second)
		plain := millrace.WithPriority(0) // as a map's option: its items are no tasks of their own
		bad := func(context.Context, int) (int, error) { panic("bad") }
		late := func(ctx context.Context, _ int) (int, error) { return untilEnd(ctx) }
		again := millrace.WithRetry(func(int, error) (time.Duration, bool) { panic("bad") })
		failing := func(context.Context) (int, error) { return 0, errBoom }
		p := pool.New(one)
		for what, fn := range map[string]func(context.Context, int) (int, error){"a panic": bad, "a timeout": late} {
			call := func(ctx context.Context) (int, error) { return fn(ctx, 0) }
			each := func(opts ...millrace.MapOption) error {
				_, err := pool.MapSlice(bg, p, []int{0}, fn, append(opts, name, second)...)
				return err
			}
			errs := map[string]error{
				"Submit":                errorOf(pool.Submit(bg, p, call, name, second).Await(bg)),
				"Then":                  errorOf(pool.Then(bg, p, future.Resolved(0), fn, name, second).Await(bg)),
				"MapSlice":              each(plain),
				"MapSlice of own tasks": each(millrace.WithMaxWait(time.Hour)),
			}
			for kind, err := range errs {
				if got := taskOf(err); got != "resize" {
					t.Errorf("%s in %s: %v is of task %q, want resize", what, kind, err, got)
				}
			}
		}
		_, err := pool.Submit(bg, p, failing, name, again).Await(bg)
		if got := taskOf(err); got != "resize" {
			t.Errorf("a panic of the function of WithRetry: %v is of task %q, want resize", err, got)
		}
		p.Close()
	})
}

func errorOf(_ int, err error) error { return err }

// taskOf returns the name of the task that panicked or timed out.
func taskOf(err error) string {
	var panicked *future.PanicError
	var timeout *future.TimeoutError
	switch {
	case errors.As(err, &panicked):
		return panicked.Task
	case errors.As(err, &timeout):
		return timeout.Task
	}
	return ""
}
