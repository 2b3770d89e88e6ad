package future_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
)

// Texts start with the package, and no sentinel is another.
func TestSentinels(t *testing.T) {
	all := []error{future.ErrCancelled, future.ErrNotDone, future.ErrGoexit, future.ErrDeadlock, future.ErrEmpty, future.ErrTaskEnded}
	for i, a := range all {
		if !strings.HasPrefix(a.Error(), "future: ") {
			t.Errorf("Error() = %q, want a text that starts with the package", a)
		}
		for j, b := range all {
			if errors.Is(a, b) != (i == j) {
				t.Errorf("errors.Is(%v, %v) = %v", a, b, i != j)
			}
		}
	}
}

func TestTimeoutError(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &future.TimeoutError{After: 1500 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("errors.Is(%v, DeadlineExceeded) = false, or Canceled true", err)
	}
	if !strings.Contains(err.Error(), "1.5s") {
		t.Errorf("Error() = %q, want the duration in it", err)
	}
}

func TestItemError(t *testing.T) {
	err := &future.ItemError{Index: 42, Err: errBoom}
	if text := err.Error(); !errors.Is(err, errBoom) || !strings.Contains(text, "42") || !strings.Contains(text, "boom") {
		t.Errorf("Error() = %q, want the index and the error in it", text)
	}
}

// spiteful is an error that panics when it is asked for its text, and cannot be
// compared.
type spiteful []int

func (spiteful) Error() string { panic("spite") }

// Only the caller asks an error for its text.
func TestErrorThatPanics(t *testing.T) {
	f := future.Go(bg, func(context.Context) (int, error) { return 0, spiteful{1} })
	f.OnDone(func(*intFuture) {})
	_, err := f.Await(bg)
	if got, ok := err.(spiteful); !ok || len(got) != 1 || f.State() != future.Failed {
		t.Errorf("Await() = %T, want the error itself", err)
	}
	_ = f.String()
	_, all := future.All(bg, f)
	_, anyErr := future.Any(bg, f, f)
	_, race := future.Race(bg, f)
	aborted := future.NewPromise[int]().Future()
	aborted.Abort(spiteful{1})
	_, abort := aborted.Await(bg)
	_, notDone := future.NewPromise[int]().Future().Await(ended(spiteful{1}))
	for name, err := range map[string]error{"All": all, "Any": anyErr, "Race": race, "Abort": abort, "ErrNotDone": notDone} {
		var got spiteful
		if !errors.As(err, &got) {
			t.Errorf("%s: %T, want the error in it", name, err)
		}
	}
}

// The text of a PanicError is made with care: it is for logs.
func TestPanicWithErrorThatPanics(t *testing.T) {
	if pe := panicked(t, spiteful{1}); !strings.Contains(pe.Error(), "spite") {
		t.Errorf("Error() = %q, want the panic of the value's method in it", pe)
	}
}

// Code that asks for context.Canceled, because that is what ended a task's context before
// its cause had a name, still finds it; and the text tells what to do.
func TestErrTaskEnded(t *testing.T) {
	if !errors.Is(future.ErrTaskEnded, context.Canceled) || errors.Is(future.ErrTaskEnded, context.DeadlineExceeded) {
		t.Error("ErrTaskEnded is not context.Canceled, or is DeadlineExceeded")
	}
	for _, want := range []string{"WithoutCancel", "group"} {
		if !strings.Contains(future.ErrTaskEnded.Error(), want) {
			t.Errorf("Error() = %q, want %q in it", future.ErrTaskEnded, want)
		}
	}
}

type pointerError struct{}

func (*pointerError) Error() string { return "typed nil" }

// A typed nil is an error, as it is in Go at large: the task failed.
func TestTypedNilError(t *testing.T) {
	var typed *pointerError
	p := future.NewPromise[int]()
	p.Reject(typed)
	for name, f := range map[string]*intFuture{
		"Go":       future.Go(bg, func(context.Context) (int, error) { return 1, typed }),
		"Reject":   p.Future(),
		"Rejected": future.Rejected[int](typed),
	} {
		if _, err := f.Await(bg); err != error(typed) || f.State() != future.Failed {
			t.Errorf("%s: Await() = %#v, then %v, want the typed nil, failed", name, err, f.State())
		}
		if _, err := future.All(bg, f); err == nil {
			t.Errorf("%s: All() = nil", name)
		}
	}
}

// Many futures have failed with one error: joining keeps it, and adds no text
// of its own before it.
func TestErrorsAreNotWrapped(t *testing.T) {
	f := future.Rejected[int](errBoom)
	if _, err := f.Await(bg); err != errBoom {
		t.Errorf("Await() = %v, want the error itself", err)
	}
	if _, err := future.Race(bg, f); err != errBoom {
		t.Errorf("Race() = %v, want the error itself", err)
	}
	if r, _ := f.Poll(); r.Err != errBoom {
		t.Errorf("Poll() = %v, want the error itself", r.Err)
	}
}
