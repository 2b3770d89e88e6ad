package future_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// after returns a future that has the outcome after d.
func after(d time.Duration, v int, err error) *intFuture {
	return future.Go(bg, func(context.Context) (int, error) { time.Sleep(d); return v, err })
}

// All keeps the order of the arguments, whatever the order of completion, and a
// place for each argument.
func TestAll(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		a, b, c := after(3*time.Second, 1, nil), after(2*time.Second, 2, nil), after(time.Second, 3, nil)
		vs, err := future.All(bg, a, b, c, a)
		if want := []int{1, 2, 3, 1}; !slices.Equal(vs, want) || err != nil {
			t.Errorf("All() = %v, %v, want %v", vs, err, want)
		}
	})
}

// The earliest failure ends All, and nothing else.
func TestAllFirstFailureInTime(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		errLate := errors.New("late")
		fs := []*intFuture{after(2*time.Second, 0, errLate), after(3*time.Second, 1, nil), after(time.Second, 0, errBoom)}
		start := time.Now()
		_, err := future.All(bg, fs...)
		wantItem(t, err, 2, errBoom)
		if took := time.Since(start); took != time.Second {
			t.Errorf("All() returned after %v, want 1s", took)
		}
		if v, err := fs[1].Await(bg); v != 1 || err != nil {
			t.Errorf("a future that was not done has %v, %v, want 1", v, err)
		}
		if _, err := fs[0].Await(bg); err != errLate {
			t.Errorf("a future that was not done has %v, want its own error", err)
		}
	})
}

func wantItem(t *testing.T, err error, index int, cause error) {
	t.Helper()
	var item *future.ItemError
	if !errors.As(err, &item) || item.Index != index || !errors.Is(item.Err, cause) || !errors.Is(err, cause) {
		t.Errorf("All() = %v, want item %d: %v", err, index, cause)
	}
}

// A cancelled future will never have a value: it ends All as a failure does.
func TestAllWithCancelled(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		_, fs := promises(2)
		time.AfterFunc(time.Second, func() { fs[1].Abort(errBoom) })
		_, err := future.All(bg, fs...)
		wantItem(t, err, 1, future.ErrCancelled)
		wantItem(t, err, 1, errBoom)
	})
}

func TestAllOfNone(t *testing.T) {
	if vs, err := future.All[int](bg); len(vs) != 0 || err != nil {
		t.Errorf("All() of no futures = %v, %v, want none and nil", vs, err)
	}
	if rs, err := future.AllSettled[int](bg); len(rs) != 0 || err != nil {
		t.Errorf("AllSettled() of no futures = %v, %v, want none and nil", rs, err)
	}
}

// AllSettled waits for all, whatever becomes of them.
func TestAllSettled(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		_, fs := promises(1)
		fs[0].Cancel()
		bad, good := after(time.Second, 0, errBoom), after(2*time.Second, 7, nil)
		start := time.Now()
		rs, err := future.AllSettled(bg, good, bad, fs[0], good)
		if err != nil || len(rs) != 4 || time.Since(start) != 2*time.Second {
			t.Fatalf("AllSettled() = %v, %v after %v, want 4 results after 2s", rs, err, time.Since(start))
		}
		if want := (future.Result[int]{Value: 7}); rs[0] != want || rs[3] != want {
			t.Errorf("results 0 and 3 are %v and %v, want %v", rs[0], rs[3], want)
		}
		if rs[1].Err != errBoom || !errors.Is(rs[2].Err, future.ErrCancelled) {
			t.Errorf("results 1 and 2 are %v and %v, want boom and ErrCancelled", rs[1], rs[2])
		}
	})
}
