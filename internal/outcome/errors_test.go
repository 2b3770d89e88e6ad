package outcome_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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

// The reason why a context has ended is its cause, and a deadline shows behind a cause.
func TestReason(t *testing.T) {
	bg := context.Background()
	canceled, cancel := context.WithCancelCause(bg)
	cancel(errBoom)
	plain, stop := context.WithCancel(bg)
	stop()
	late, stop2 := context.WithDeadlineCause(bg, time.Now(), errBoom)
	defer stop2()
	past, stop3 := context.WithDeadline(bg, time.Now())
	defer stop3()
	for name, c := range map[string]struct {
		ctx  context.Context
		is   []error
		text string
	}{
		"canceled":                  {plain, []error{context.Canceled}, "context canceled"},
		"canceled with a cause":     {canceled, []error{errBoom}, "boom"},
		"a deadline":                {past, []error{context.DeadlineExceeded}, "context deadline exceeded"},
		"a deadline with a cause":   {late, []error{context.DeadlineExceeded, errBoom}, "boom"},
		"a context of another type": {lone{bg, errBoom}, []error{errBoom}, "boom"},
		"one without an error":      {lone{bg, nil}, []error{context.Canceled}, "context canceled"},
	} {
		reason := outcome.Reason(c.ctx)
		never := outcome.NeverRan(reason)
		for _, want := range c.is {
			if !errors.Is(reason, want) || !errors.Is(never, want) {
				t.Errorf("%s: Reason() = %v, which is not %v", name, reason, want)
			}
		}
		if reason.Error() != c.text || never.Error() != "future: cancelled before it ran: "+c.text || !errors.Is(never, outcome.ErrCancelled) {
			t.Errorf("%s: Reason() = %q and NeverRan() = %q, want %q", name, reason, never, c.text)
		}
	}
	if err := outcome.NeverRan(nil); err != outcome.ErrCancelled {
		t.Errorf("NeverRan(nil) = %v, want ErrCancelled itself", err)
	}
}

// The error of a context asks for the cause when it is needed, gives all the same answer,
// and is ErrCancelled.
func TestContextError(t *testing.T) {
	var asked atomic.Int32
	e := outcome.NewContextError(func() error {
		asked.Add(1)
		return errBoom
	})
	if n := asked.Load(); n != 0 {
		t.Errorf("a new error has asked for the cause %d times, want not yet", n)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !errors.Is(e, outcome.ErrCancelled) || !errors.Is(e, errBoom) || e.Resolve() != errBoom {
				t.Errorf("%v is not ErrCancelled and boom", e)
			}
		})
	}
	all.Wait()
	before := asked.Load()
	if got, want := e.Error(), "future: cancelled before it ran: boom"; got != want || asked.Load() != before {
		t.Errorf("Error() = %q, want %q and no further question", got, want)
	}
}
