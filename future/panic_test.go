package future_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// explode is the function to look for in a stack.
//
//go:noinline
func explode(value any) { panic(value) }

// panicked returns the error of a task that panics with value.
func panicked(t *testing.T, value any) *future.PanicError {
	t.Helper()
	f := future.Go(bg, func(context.Context) (int, error) { explode(value); return 1, nil })
	v, err := f.Await(bg)
	var pe *future.PanicError
	if !errors.As(err, &pe) || v != 0 || f.State() != future.Failed {
		t.Fatalf("panic(%v): Await() = %v, %v, then %v, want a PanicError, failed", value, v, err, f.State())
	}
	return pe
}

// A panic is a failure, with the value and the stack of the panic.
func TestPanic(t *testing.T) {
	for _, value := range []any{"a string", 7, struct{ a int }{1}, []int{1}} {
		pe := panicked(t, value)
		if fmt.Sprint(pe.Value) != fmt.Sprint(value) || pe.Unwrap() != nil {
			t.Errorf("panic(%v): Value = %v, Unwrap() = %v, want the value and nil", value, pe.Value, pe.Unwrap())
		}
		if !strings.Contains(string(pe.Stack), "future_test.explode") {
			t.Errorf("panic(%v): the stack has not the function that panicked:\n%s", value, pe.Stack)
		}
		if got, want := pe.Error(), "future: task panicked: "+fmt.Sprint(value); got != want {
			t.Errorf("panic(%v): Error() = %q, want %q", value, got, want)
		}
		if text := fmt.Sprintf("%+v", pe); !strings.Contains(text, "future_test.explode") {
			t.Errorf("panic(%v): %%+v lacks the stack: %s", value, text)
		}
		if frame, _ := runtime.CallersFrames(pe.Callers).Next(); !strings.HasSuffix(frame.Function, "future_test.explode") {
			t.Errorf("panic(%v): the first of Callers is %s, want the function that panicked", value, frame.Function)
		}
	}
}

func TestPanicWithError(t *testing.T) {
	pe := panicked(t, errBoom)
	if pe.Unwrap() != errBoom || !errors.Is(pe, errBoom) {
		t.Errorf("panic(boom): Unwrap() = %v, want boom", pe.Unwrap())
	}
	var index runtime.Error
	f := future.Go(bg, func(context.Context) (int, error) { return []int{}[len(bg.(fmt.Stringer).String())], nil })
	if _, err := f.Await(bg); !errors.As(err, &index) {
		t.Errorf("an index out of range: %v, want a runtime.Error", err)
	}
	if again := panicked(t, pe); again.Unwrap() != pe || !errors.Is(again, errBoom) {
		t.Errorf("panic(PanicError): Unwrap() = %v, want it", again.Unwrap())
	}
}

func TestPanicWithNil(t *testing.T) {
	var nilPanic *runtime.PanicNilError
	if pe := panicked(t, nil); !errors.As(pe, &nilPanic) {
		t.Errorf("panic(nil): Value = %#v, want a *runtime.PanicNilError", pe.Value)
	}
}

// Where the runtime is told to let nil panics be, as Go did before 1.21, they
// are still panics and not taken for a Goexit.
func TestPanicWithNilAsOfOld(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	if pe := panicked(t, nil); pe.Value != nil {
		t.Errorf("panic(nil): Value = %#v, want nil", pe.Value)
	}
}

// Two panics at once: each future has its own.
func TestPanicsAtOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		gate := make(chan struct{})
		var fs []*intFuture
		for i := range 2 {
			fs = append(fs, future.Go(bg, func(context.Context) (int, error) { <-gate; explode(i); return 1, nil }))
		}
		close(gate)
		for i, f := range fs {
			var pe *future.PanicError
			if _, err := f.Await(bg); !errors.As(err, &pe) || pe.Value != i {
				t.Errorf("future %d: %v, want its own panic", i, err)
			}
		}
	})
}

// The task's own deferred functions run first, and may turn a panic into an
// outcome of their own, or into another panic.
func TestPanicAndDefer(t *testing.T) {
	f := future.Go(bg, func(context.Context) (v int, err error) {
		defer func() { v, err = 7, fmt.Errorf("recovered: %v", recover()) }()
		panic("a")
	})
	if v, err := f.Await(bg); v != 7 || err == nil || err.Error() != "recovered: a" {
		t.Errorf("a recovered panic: %v, %v, want 7, recovered: a", v, err)
	}
	f = future.Go(bg, func(context.Context) (int, error) {
		defer func() { panic("b") }()
		panic("a")
	})
	var pe *future.PanicError
	if _, err := f.Await(bg); !errors.As(err, &pe) || pe.Value != "b" {
		t.Errorf("a panic in a deferred function: %v, want b", err)
	}
}

// Goexit, as of t.FailNow, is a failure; no wait goes on for ever.
func TestGoexit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		called, deferred := false, false
		f := future.Go(bg, func(context.Context) (int, error) {
			defer func() { deferred = true }()
			runtime.Goexit()
			return 1, nil
		})
		f.OnDone(func(*intFuture) { called = true })
		for _, w := range waits {
			err := w.wait(bg, f)
			reported := !strings.HasPrefix(w.name, "Wait") && w.name != "AllSettled"
			if errors.Is(err, future.ErrGoexit) != reported {
				t.Errorf("%s: %v", w.name, err)
			}
		}
		synctest.Wait() // for OnDone, which comes after the waiters
		if f.State() != future.Failed || !called || !deferred {
			t.Errorf("State() = %v, OnDone called: %v, deferred function called: %v, want failed, true, true", f.State(), called, deferred)
		}
	})
}

// A Goexit after a recovered panic is a Goexit, a panic in a function deferred
// to a Goexit is a panic.
func TestGoexitAndPanic(t *testing.T) {
	f := future.Go(bg, func(context.Context) (int, error) {
		defer runtime.Goexit()
		defer func() { recover() }()
		panic("a")
	})
	if _, err := f.Await(bg); !errors.Is(err, future.ErrGoexit) {
		t.Errorf("panic, recover, Goexit: %v, want ErrGoexit", err)
	}
	f = future.Go(bg, func(context.Context) (int, error) {
		defer func() { panic("b") }()
		runtime.Goexit()
		return 1, nil
	})
	var pe *future.PanicError
	if _, err := f.Await(bg); !errors.As(err, &pe) || pe.Value != "b" {
		t.Errorf("Goexit, panic: %v, want the panic", err)
	}
}

// The task's context has ended after a panic and a Goexit too.
func TestContextEndsAfterPanicAndGoexit(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("a") }, "Goexit": runtime.Goexit} {
		var leaked context.Context
		f := future.Go(bg, func(ctx context.Context) (int, error) {
			leaked = ctx
			end()
			return 1, nil
		})
		f.Await(bg)
		<-leaked.Done()
		if leaked.Err() == nil {
			t.Errorf("%s: the task's context goes on", name)
		}
	}
}
