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
