package fault_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/internal/fault"
)

var errBoom = errors.New("boom")

// explode is the function to look for in a stack.
//
//go:noinline
func explode(value any) { panic(value) }

// caught returns the error of a panic in fn.
func caught(fn func()) (err *fault.PanicError) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(r)
		}
	}()
	fn()
	return nil
}

// first returns the name of the function of the first caller.
func first(err *fault.PanicError) string {
	frame, _ := runtime.CallersFrames(err.Callers).Next()
	return frame.Function
}

// Stack and Callers are those of the panic, not of the deferred function that
// recovered it; of several panics at once, those of the one that was recovered.
func TestCallers(t *testing.T) {
	for name, fn := range map[string]func(){
		"a panic": func() { explode(1) },
		"a panic in a deferred function": func() {
			defer explode(1)
			panic("before")
		},
		"a panic in a deferred function of a deferred function": func() {
			defer func() { defer explode(1); panic("between") }()
			panic("before")
		},
	} {
		err := caught(fn)
		if got := first(err); !strings.HasSuffix(got, "fault_test.explode") {
			t.Errorf("%s: the first caller is %s, want the function that panicked", name, got)
		}
		if !bytes.Contains(err.Stack, []byte("fault_test.explode")) {
			t.Errorf("%s: the stack lacks the function that panicked:\n%s", name, err.Stack)
		}
	}
}

// The run-time's own panics have a function of the run-time above the user's.
func TestCallersOfRuntimeError(t *testing.T) {
	err := caught(func() { _ = divide(1, 0) })
	frames, found := runtime.CallersFrames(err.Callers), false
	for range 3 {
		frame, _ := frames.Next()
		found = found || strings.HasSuffix(frame.Function, "fault_test.divide")
	}
	if !found {
		t.Errorf("the first callers lack the function that divided by zero; the first is %s", first(err))
	}
}

//go:noinline
func divide(a, b int) int { return a / b }

// A deep recursion keeps its innermost frames.
func TestCallersOfDeepRecursion(t *testing.T) {
	err := caught(func() { dive(10_000) })
	if got := first(err); len(err.Callers) > 64 || !strings.HasSuffix(got, "fault_test.dive") {
		t.Errorf("%d callers, the first is %s, want at most 64, from the function that panicked", len(err.Callers), got)
	}
	if len(err.Stack) > 64<<10 {
		t.Errorf("the stack has %d bytes, want at most 64 KiB", len(err.Stack))
	}
}

//go:noinline
func dive(n int) int {
	if n == 0 {
		panic("deep")
	}
	return dive(n-1) + 1
}

// Without a panic, the callers are those of New's caller: panic(nil) as of old is
// recovered without a trace.
func TestNewWithoutPanic(t *testing.T) {
	if got := first(fault.New(nil)); !strings.HasSuffix(got, "TestNewWithoutPanic") {
		t.Errorf("the first caller is %s, want the caller", got)
	}
}

func TestUnwrap(t *testing.T) {
	if err := caught(func() { explode(errBoom) }); !errors.Is(err, errBoom) || err.Value != errBoom {
		t.Errorf("%v, with value %v, want boom in both", err, err.Value)
	}
	if err := caught(func() { explode("boom") }); err.Unwrap() != nil {
		t.Errorf("Unwrap() = %v of a value that is no error, want nil", err.Unwrap())
	}
}

func TestFormat(t *testing.T) {
	const line = "future: task panicked: boom"
	err := caught(func() { explode(errBoom) })
	for format, want := range map[string]string{
		"%v":    line,
		"%s":    line,
		"%q":    `"` + line + `"`,
		"%30s":  "   " + line,
		"%.6s":  "future",
		"%-29v": line + "  ",
		"%+v":   line + "\n\n" + string(err.Stack),
	} {
		if got := fmt.Sprintf(format, err); got != want {
			t.Errorf("Sprintf(%q) = %q, want %q", format, got, want)
		}
	}
	if got := fmt.Sprintf("%+v", (*fault.PanicError)(nil)); got != "<nil>" {
		t.Errorf("a nil *PanicError prints as %q, want <nil>", got)
	}
}

// A log has the name and the stack, in fields of their own.
func TestLogValue(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	err := caught(func() { explode("boom") })
	err.Task = "resize"
	logger.Error("failed", "err", err)
	for _, want := range []string{`err.error="future: task panicked: boom"`, "err.task=resize", "err.stack=", "fault_test.explode"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("the log has %d lines, want 1", n)
	}
}
