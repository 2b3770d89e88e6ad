package future_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// Any returns with the first success; failures before it do not matter, and
// what comes after it goes on.
func TestAny(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		_, fs := promises(1)
		fs[0].Cancel()
		last := after(3*time.Second, 3, nil)
		start := time.Now()
		v, err := future.Any(bg, after(time.Second, 0, errBoom), last, after(2*time.Second, 2, nil), fs[0])
		if v != 2 || err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("Any() = %v, %v after %v, want 2 after 2s", v, err, time.Since(start))
		}
		if v, err := last.Await(bg); v != 3 || err != nil {
			t.Errorf("the other future has %v, %v, want 3", v, err)
		}
	})
}

// If all fail their errors are joined, in the order of the arguments.
func TestAnyAllFailed(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		errSecond := errors.New("second")
		_, fs := promises(1)
		time.AfterFunc(time.Second, func() { fs[0].Abort(errors.New("third")) })
		v, err := future.Any(bg, after(2*time.Second, 0, errBoom), after(time.Second, 0, errSecond), fs[0])
		for _, want := range []error{errBoom, errSecond, future.ErrCancelled} {
			if v != 0 || !errors.Is(err, want) {
				t.Errorf("Any() = %v, %v, want %v in it", v, err, want)
			}
		}
		if s := err.Error(); strings.Index(s, "boom") > strings.Index(s, "second") || strings.Index(s, "second") > strings.Index(s, "third") {
			t.Errorf("Any() = %q, want the errors in the order of the arguments", s)
		}
	})
}

func TestAnyAndRaceOfNone(t *testing.T) {
	if _, err := future.Any[int](bg); !errors.Is(err, future.ErrEmpty) {
		t.Errorf("Any() of none = %v, want ErrEmpty", err)
	}
	if _, err := future.Race[int](bg); !errors.Is(err, future.ErrEmpty) {
		t.Errorf("Race() of none = %v, want ErrEmpty", err)
	}
}

// A future that is given twice is one future.
func TestAnyAndRaceDuplicates(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		f := after(time.Second, 1, nil)
		if v, err := future.Any(bg, f, f); v != 1 || err != nil {
			t.Errorf("Any() = %v, %v, want 1", v, err)
		}
		f = after(time.Second, 0, errBoom)
		if _, err := future.Any(bg, f, f); !errors.Is(err, errBoom) {
			t.Errorf("Any() = %v, want boom", err)
		}
		f = after(time.Second, 1, nil)
		if v, err := future.Race(bg, f, f); v != 1 || err != nil {
			t.Errorf("Race() = %v, %v, want 1", v, err)
		}
	})
}

// Race returns the first outcome, be it a failure or a cancellation.
func TestRace(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		slow := after(2*time.Second, 2, nil)
		if v, err := future.Race(bg, slow, after(time.Second, 1, nil)); v != 1 || err != nil {
			t.Errorf("Race() = %v, %v, want 1", v, err)
		}
		if _, err := future.Race(bg, slow, after(time.Millisecond, 0, errBoom)); !errors.Is(err, errBoom) {
			t.Errorf("Race() = %v, want boom", err)
		}
		_, fs := promises(1)
		time.AfterFunc(time.Millisecond, func() { fs[0].Cancel() })
		if _, err := future.Race(bg, slow, fs[0]); !errors.Is(err, future.ErrCancelled) {
			t.Errorf("Race() = %v, want ErrCancelled", err)
		}
		if v, err := slow.Await(bg); v != 2 || err != nil {
			t.Errorf("the other future has %v, %v, want 2", v, err)
		}
	})
}
