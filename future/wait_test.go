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

// story returns four futures: one is resolved after a second, one cancelled
// after two, one rejected after three and one resolved after four. They stand
// in another order.
func story() []*intFuture {
	ps, fs := promises(4)
	at := func(seconds time.Duration, settle func()) { time.AfterFunc(seconds*time.Second, settle) }
	at(1, func() { ps[2].Resolve(2) })
	at(2, func() { fs[0].Cancel() })
	at(3, func() { ps[3].Reject(errBoom) })
	at(4, func() { ps[1].Resolve(1) })
	return fs
}

// Wait returns when its condition holds, with both halves in the order of the
// arguments. A cancellation is not a failure.
func TestWait(t *testing.T) {
	for name, c := range map[string]struct {
		until         future.Until
		after         time.Duration
		done, notDone []int
	}{
		"FirstCompleted": {future.FirstCompleted, time.Second, []int{2}, []int{0, 1, 3}},
		"FirstFailed":    {future.FirstFailed, 3 * time.Second, []int{0, 2, 3}, []int{1}},
		"AllCompleted":   {future.AllCompleted, 4 * time.Second, []int{0, 1, 2, 3}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				fs, start := story(), time.Now()
				args := slices.Clone(fs)
				done, notDone, err := future.Wait(bg, c.until, args...)
				if took := time.Since(start); took != c.after || err != nil {
					t.Errorf("Wait() returned %v after %v, want <nil> after %v", err, took, c.after)
				}
				wantHalves(t, fs, done, notDone, c.done, c.notDone)
				if !slices.Equal(args, fs) {
					t.Error("Wait() changed its argument")
				}
				future.AllSettled(bg, fs...)
			})
		})
	}
}

func wantHalves(t *testing.T, all, done, notDone []*intFuture, wantDone, wantNot []int) {
	t.Helper()
	if d, n := indexes(all, done), indexes(all, notDone); !slices.Equal(d, wantDone) || !slices.Equal(n, wantNot) {
		t.Errorf("Wait() = %v, %v, want %v, %v", d, n, wantDone, wantNot)
	}
}

// If nothing fails, FirstFailed waits for all.
func TestWaitFirstFailedWithoutFailure(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ps, fs := promises(2)
		time.AfterFunc(time.Second, func() { fs[0].Cancel() })
		time.AfterFunc(2*time.Second, func() { ps[1].Resolve(1) })
		start := time.Now()
		done, notDone, err := future.Wait(bg, future.FirstFailed, fs...)
		wantHalves(t, fs, done, notDone, []int{0, 1}, nil)
		if took := time.Since(start); took != 2*time.Second || err != nil {
			t.Errorf("Wait() returned %v after %v, want <nil> after 2s", err, took)
		}
	})
}

// The end of ctx ends the wait with both halves as they are then.
func TestWaitEndedByContext(t *testing.T) {
	for _, until := range []future.Until{future.FirstFailed, future.AllCompleted} {
		bubble.Run(t, func(t *testing.T) {
			fs := story()
			ctx, cancel := context.WithTimeoutCause(bg, 2500*time.Millisecond, errBoom)
			defer cancel()
			done, notDone, err := future.Wait(ctx, until, fs...)
			if !errors.Is(err, future.ErrNotDone) || !errors.Is(err, errBoom) {
				t.Errorf("Wait() = %v, want ErrNotDone and the cause", err)
			}
			wantHalves(t, fs, done, notDone, []int{0, 2}, []int{1, 3})
			future.AllSettled(bg, fs...)
		})
	}
}

// A future that is given twice counts once to the condition, and neither half
// loses it.
func TestWaitDuplicates(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ps, fs := promises(2)
		time.AfterFunc(time.Second, func() { ps[0].Resolve(0) })
		done, notDone, err := future.Wait(bg, future.FirstCompleted, fs[0], fs[1], fs[0], fs[1])
		if err != nil || !slices.Contains(done, fs[0]) || slices.Contains(done, fs[1]) || !slices.Contains(notDone, fs[1]) || slices.Contains(notDone, fs[0]) {
			t.Errorf("Wait() = %v, %v, %v, want the first, the second, <nil>", done, notDone, err)
		}
		time.AfterFunc(time.Second, func() { ps[1].Resolve(1) })
		done, notDone, err = future.Wait(bg, future.AllCompleted, fs[0], fs[1], fs[0], fs[1])
		if err != nil || !slices.Contains(done, fs[0]) || !slices.Contains(done, fs[1]) || len(notDone) != 0 {
			t.Errorf("Wait() = %v, %v, %v, want both, none, <nil>", done, notDone, err)
		}
	})
}

// Of no futures there is nothing to wait for.
func TestWaitOfNone(t *testing.T) {
	for _, until := range []future.Until{future.AllCompleted, future.FirstCompleted, future.FirstFailed} {
		done, notDone, err := future.Wait[int](bg, until)
		if len(done) != 0 || len(notDone) != 0 || err != nil {
			t.Errorf("Wait(%v) of no futures = %v, %v, %v, want none and nil", until, done, notDone, err)
		}
	}
}
