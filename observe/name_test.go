package observe_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

type store struct{}

func (*store) render(context.Context) (int, error) { return 0, nil }

func generic[T any](context.Context) (v T, err error) { return v, nil }

// A task has the name it was given, or that of its function without the path.
func TestName(t *testing.T) {
	entry := func(fn any) uintptr { return reflect.ValueOf(fn).Pointer() }
	for _, c := range []struct {
		info millrace.TaskInfo
		want string
	}{
		{millrace.TaskInfo{Name: "thumbnail", Func: entry(generic[int])}, "thumbnail"},
		{millrace.TaskInfo{Func: entry((*store).render)}, "observe_test.(*store).render"},
		{millrace.TaskInfo{Func: entry(strings.ToUpper)}, "strings.ToUpper"},
		{millrace.TaskInfo{}, "unknown"},
	} {
		if got := observe.Name(&c.info); got != c.want {
			t.Errorf("Name(%+v) = %q, want %q", c.info, got, c.want)
		}
	}
	if got := observe.Name(&millrace.TaskInfo{Func: entry(generic[store])}); !strings.HasPrefix(got, "observe_test.") {
		t.Errorf("the name of a generic function is %q, want observe_test.…", got)
	}
}

func TestErrorType(t *testing.T) {
	never := func(reason error) error { return fmt.Errorf("%w: %w", future.ErrCancelled, reason) }
	for _, c := range []struct {
		err      error
		panicked bool
		want     string
	}{
		{nil, false, ""},
		{&future.PanicError{Value: context.Canceled}, true, "panic"},
		{future.ErrGoexit, false, "goexit"},
		{&future.TimeoutError{}, false, "timeout"},
		{context.DeadlineExceeded, false, "timeout"},
		{context.Canceled, false, "canceled"},
		{future.ErrCancelled, false, "canceled"},
		{never(context.Canceled), false, "canceled"},
		{never(context.DeadlineExceeded), false, "timeout"},
		{never(pool.ErrMaxWait), false, "timeout"},
		{never(pool.ErrQueueFull), false, "_OTHER"},
		{never(pool.ErrClosed), false, "_OTHER"},
		{never(pool.ErrStopped), false, "_OTHER"},
		{errors.New("boom"), false, "_OTHER"},
	} {
		if got := observe.ErrorType(&millrace.TaskInfo{Err: c.err, Panicked: c.panicked}); got != c.want {
			t.Errorf("ErrorType(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}
