package outcome_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/outcome"
)

var errBoom = errors.New("boom")

// lone is a context that is none of the standard library's.
type lone struct {
	context.Context
	err error
}

func (c lone) Err() error { return c.err }

// The error of a wait is ErrNotDone, the context's error and its cause; its text has
// the cause.
func TestNotDone(t *testing.T) {
	bg := context.Background()
	canceled, cancel := context.WithCancelCause(bg)
	cancel(errBoom)
	late, stop := context.WithDeadlineCause(bg, time.Now(), errBoom)
	defer stop()
	for name, c := range map[string]struct {
		ctx  context.Context
		is   []error
		text string
	}{
		"canceled with a cause":     {canceled, []error{context.Canceled, errBoom}, "future: not done: boom"},
		"a deadline with a cause":   {late, []error{context.DeadlineExceeded, errBoom}, "future: not done: boom"},
		"a context of another type": {lone{bg, errBoom}, []error{errBoom}, "future: not done: boom"},
		"one without an error":      {lone{bg, nil}, nil, "future: not done"},
	} {
		err := outcome.NotDone(c.ctx)
		for _, want := range append(c.is, outcome.ErrNotDone) {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", name, err, want)
			}
		}
		if err.Error() != c.text || errors.Is(err, outcome.ErrCancelled) {
			t.Errorf("%s: Error() = %q, want %q", name, err, c.text)
		}
	}
}

// A deadlock that is known in full is an ErrDeadlock that names both ends.
func TestDeadlock(t *testing.T) {
	err := outcome.Deadlock(`task "a"`, `task "b"`)
	if want := `future: deadlock: task "a" waits for task "b", which waits for it`; err.Error() != want {
		t.Errorf("Error() = %q, want %q", err, want)
	}
	if !errors.Is(err, outcome.ErrDeadlock) || errors.Is(err, outcome.ErrNotDone) {
		t.Errorf("%v is not ErrDeadlock, or also is ErrNotDone", err)
	}
}
